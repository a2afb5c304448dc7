from __future__ import annotations

import pytest

from buildtimetrend.logs import parse
from tests.logs.writing import T0, S, close_fold, durations, end, fold, names, open_fold, read, start, timed

CHECKOUT = fold("git.checkout", timed("0a573866", 0, 2 * S, "git clone --depth=50 https://x.org/a/b.git a/b"))
SCRIPT = timed("11631b70", 3 * S, 8 * S + 1, "yarn test")


def test_a_timed_block_keeps_its_nanoseconds() -> None:
    step = read(CHECKOUT, SCRIPT).steps[1]
    assert (step.started_ns, step.finished_ns) == (T0 + 3 * S, T0 + 8 * S + 1)
    assert step.duration == pytest.approx(5.000000001, abs=1e-12)


def test_tags_may_share_a_line() -> None:
    line = open_fold("install") + start("aaaaaaaa") + end("aaaaaaaa", 0, S) + close_fold("install")
    assert b"\n" not in line
    assert names(line, SCRIPT) == ["install", "script.1"]


def test_a_tag_may_follow_other_text_on_its_line() -> None:
    log = start("aaaaaaaa", "make") + b"100 %\x1b[0m" + end("aaaaaaaa", 0, S) + b"50 %\rdone" + CHECKOUT
    assert durations(log) == [1.0, 2.0]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r\r\n"])
def test_any_line_end_closes_a_tag(newline: bytes) -> None:
    log = (CHECKOUT + SCRIPT).replace(b"\r\x1b[0K", newline + b"\x1b[0K")
    assert read(log).steps == read(CHECKOUT, SCRIPT).steps
    bare = (CHECKOUT + SCRIPT).replace(b"\r\x1b[0K", newline)
    assert read(bare).steps == read(CHECKOUT, SCRIPT).steps


def test_lines_may_end_in_cr_cr_lf() -> None:
    assert read((CHECKOUT + SCRIPT).replace(b"\r\n", b"\r\r\n")).steps == read(CHECKOUT, SCRIPT).steps


def test_progress_bars_without_line_feeds_hide_nothing() -> None:
    bar = b"".join(b"%d %%\r" % n for n in range(3000))
    log = start("aaaaaaaa", "npm install") + bar + end("aaaaaaaa", 0, S)
    assert read(log).steps[0].command == "npm install"
    assert durations(log, CHECKOUT) == [1.0, 2.0]


@pytest.mark.parametrize("key", ["event", "stage"])
def test_the_suffix_tells_the_phase(key: str) -> None:
    step = read(timed("aaaaaaaa", 0, S, "make", f",{key}=script")).steps[0]
    assert (step.name, step.phase) == ("script.1", "script")


def test_an_empty_suffix_tells_nothing() -> None:
    assert names(CHECKOUT, timed("aaaaaaaa", 0, S, "make", ",event=")) == ["git.checkout", "script.1"]


@pytest.mark.parametrize("block", ["stage0-rustc", "build.sh----build--p1", "scripts--ci--install"])
def test_ids_may_be_names(block: str) -> None:
    assert durations(timed(block, 0, S)) == [1.0]


@pytest.mark.parametrize(
    "name",
    [
        "Build(x64)",
        "Build (x64) of 2",
        "tests[linux, py3.7]",
        "C:\\Projects\\App",
        "a:b:c",
        "it's",
        'say "hi"',
        "caf\u00e9 \u2013 \u65e5\u672c",
        "vector<int>&&",
        "100%",
        "US$",
        "n" * 1000,
    ],
)
@pytest.mark.parametrize("newline", [b"\r\x1b[0K", b"\n\x1b[0K", b"\n", b"\r\r\n"])
def test_a_name_has_any_printable_characters(name: str, newline: bytes) -> None:
    inner = (
        open_fold(name) + b"\r\n" + start(name) + b"\r\n" + end(name, S, 2 * S) + b"\r\n" + close_fold(name)
    )
    log = start("aaaaaaaa", "make") + inner + b"\r\n" + end("aaaaaaaa", 0, 3 * S)
    steps = read(log.replace(b"\r\x1b[0K", newline)).steps
    assert [(s.duration, s.depth) for s in steps] == [(3.0, 0), (1.0, 1)]
    assert steps[1].name == (name if len(name) <= 200 else name[:199] + "\u2026")


@pytest.mark.parametrize(
    "source",
    [
        b'echo "travis_fold:start:foo"',
        b"print('travis_fold:start:foo')",
        b"$(echo travis_fold:start:foo)",
        b"echo travis_fold:start:foo;",
        b"echo travis_fold:start:foo && make",
        b"use travis_fold:start:NAME to begin a fold",
        b"`travis_fold:start:foo`",
        b'puts "travis_fold:start:#{name}"',
        b"echo travis_fold:start:${name}",
        rb"echo -e travis_fold:start:foo\r",
        rb"echo -e travis_fold:start:foo\033[0K",
        b'echo "travis_fold:start:$fold";',
        rb"printf 'travis_fold:start:install\\r\\033[0K'",
        b'echo -en "travis_time:start:$id\\r\\033[0K"',
        b'echo "travis_time:end:$id:start=$start,finish=$finish,duration=$(($finish-$start))\\r"',
        b"travis_time:end:aaaaaaaa:start=,finish=,duration=\r\x1b[0K",
        b"travis_time:end:aaaaaaaa:start=1x,finish=2,duration=1\r\x1b[0K",
        b"travis_time:end:aaaaaaaa:start=1_0,finish=20,duration=10\r\x1b[0K",
        b"travis_time:end:aaaaaaaa:start= 10,finish=20,duration=10\r\x1b[0K",
        b"/home/travis_time/travis_fold:",
    ],
)
def test_echoed_shell_source_is_no_tag(source: bytes) -> None:
    log = start("aaaaaaaa", "cat build.sh") + source + b"\r\n" + timed("b", 0, 0) + end("aaaaaaaa", 0, S)
    assert [(s.name, s.duration) for s in read(CHECKOUT, log, SCRIPT).steps] == [
        ("git.checkout", 2.0),
        ("script.1", 1.0),
        ("b", 0.0),
        ("script.2", pytest.approx(5.000000001)),
    ]


def test_a_tag_in_a_command_line_is_part_of_the_command() -> None:
    command = "echo travis_fold:start:foo && travis_retry echo travis_fold:end:bar"
    step = read(start("aaaaaaaa", command), b"output\r\n", end("aaaaaaaa", 0, S)).steps[0]
    assert (step.name, step.command) == ("script.1", command)


def test_the_same_block_ended_twice_counts_once_with_its_last_end() -> None:
    log = open_fold("git.checkout") + start("17318a13", "git clone") + end("17318a13", 0, 488 * 10**6)
    log += b"$ cd a/b\r\n" + close_fold("git.checkout") + end("17318a13", 0, 527 * 10**6, ",stage=checkout")
    steps = read(log).steps
    assert [(s.name, s.duration, s.command) for s in steps] == [("git.checkout", 0.527, "git clone")]
    assert durations(timed("17318a13", 0, 5), end("17318a13", 0, 3)) == [5e-9]


@pytest.mark.parametrize("ends", [1, 2, 3])
def test_a_block_is_around_what_came_before_its_last_end(ends: int) -> None:
    outer = end("17318a13", 0, 9 * S)
    log = start("17318a13", "make") + outer * ends + timed("22220001", 2 * S, 3 * S) + outer
    assert [(step.depth, step.duration) for step in read(log).steps] == [(0, 9.0), (1, 1.0)]


def test_an_id_used_again_is_another_block() -> None:
    assert durations(timed("ci--install", 0, S), timed("ci--install", 2 * S, 4 * S)) == [1.0, 2.0]


def test_an_end_whose_start_was_cut_off_carries_its_own_times() -> None:
    assert durations(b"ravis_time:start:aaaaaaaa\r\x1b[0K$ make\r\n", end("aaaaaaaa", 0, S)) == [1.0]


def test_a_start_without_end_is_no_step() -> None:
    assert names(CHECKOUT, start("aaaaaaaa", "make"), b"Terminated\r\n") == ["git.checkout"]


@pytest.mark.parametrize("cut", [1, 10, 20, 40, 55])
def test_an_end_that_is_cut_within_its_times_is_no_step(cut: int) -> None:
    whole = end("aaaaaaaa", 0, S).removesuffix(b"\r\x1b[0K")
    times = whole.index(b",duration")
    assert durations(CHECKOUT, start("aaaaaaaa", "make"), whole[: times - cut]) == [2.0]


def test_a_clock_of_whole_seconds_gives_steps_of_no_duration() -> None:
    assert durations(timed("aaaaaaaa", 0, 0), timed("bbbbbbbb", 0, S)) == [0.0, 1.0]


def test_a_clock_that_is_set_back_gives_no_negative_duration() -> None:
    assert durations(timed("aaaaaaaa", 5 * S, 2 * S), SCRIPT) == [0.0, pytest.approx(5.000000001)]


@pytest.mark.parametrize("number", ["9" * 19, "9" * 20, "1" * 5000])
def test_numbers_beyond_a_64_bit_clock_are_no_times(number: str) -> None:
    tag = f"travis_time:end:aaaaaaaa:start=1,finish={number},duration={number}\r\x1b[0K".encode()
    assert durations(tag, SCRIPT) == [pytest.approx(5.000000001)]


def test_overlong_ids_and_names_are_no_tags() -> None:
    assert names(timed("a" * 5000, 0, S), open_fold("b" * 5000), SCRIPT) == ["script.1"]


def test_nul_bytes_and_broken_utf_8_do_no_harm() -> None:
    noise = b"\x00" * 25_000 + b"\xff\xfe\xc3\x28\xef\xbf\xbd\r\n"
    log = noise + CHECKOUT + noise + start("aaaaaaaa", "echo caf") + noise + end("aaaaaaaa", 0, S) + noise
    assert durations(log) == [2.0, 1.0]


def test_a_command_is_plain_text_of_bounded_length() -> None:
    tag = b"travis_time:start:aaaaaaaa\r\x1b[0K$ "
    painted = tag + b"\x1b[33;1mmake\x1b[0m \xe2\x82\xac\xff\x00 all\r\n" + end("aaaaaaaa", 0, 1)
    assert read(painted).steps[0].command == "make \u20ac\ufffd all"
    long = read(tag + b"y" * 10_000 + b"\r\n" + end("aaaaaaaa", 0, 1)).steps[0].command
    assert long == "y" * 4096


def test_windows_logs_parse() -> None:
    log = start("aaaaaaaa", r"C:\tools\msys64\usr\bin\bash.exe -l -c build") + end("aaaaaaaa", 0, S)
    assert read(log).steps[0].command == r"C:\tools\msys64\usr\bin\bash.exe -l -c build"


def test_a_log_without_tags_has_no_steps() -> None:
    parsed = read(b"Could not connect to the worker.\n\n", b"x" * 100_000)
    assert (parsed.steps, parsed.dropped, parsed.bytes_read) == ((), 0, 100_034)


def test_an_empty_log_is_a_log() -> None:
    assert parse([]) == parse([b"", b""]) == read(b"")


def test_a_log_cut_at_4_megabytes_keeps_what_came_before() -> None:
    log = CHECKOUT + start("aaaaaaaa", "make") + b"Exception: again\r\n" * 250_000
    assert names(log[: 4 * 2**20]) == ["git.checkout"]


def test_an_unknown_dialect_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        parse([], dialect="klingon")
