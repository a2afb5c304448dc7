"""What is a section's mark in a trace, and what only looks like one."""

from __future__ import annotations

import pytest

from tests.logs.gitlab.writing import END_OF_MARK, T0, S, command, read, section, stamped, start, stop, told


def test_sections_are_steps_with_the_seconds_of_their_marks() -> None:
    step = read(section("step_script", 3, 17)).steps[0]
    assert (step.name, step.started_ns, step.finished_ns) == ("step_script", (T0 + 3) * S, (T0 + 17) * S)


def test_several_marks_may_share_a_line_with_each_other_and_with_text() -> None:
    trace = b"text" + start("a", 0) + stop("a", 1) + start("b", 1) + b"more text" + stop("b", 3) + b"\n"
    assert told(trace) == [("a", 1.0, 0), ("b", 2.0, 0)]


@pytest.mark.parametrize("options", ["[collapsed=true]", "[collapsed=true,hide_duration=true]", "[a=1, b=2]"])
def test_a_mark_may_have_options(options: str) -> None:
    assert told(start("a", 0, options), b"Title\n", stop("a", 4)) == [("a", 4.0, 0)]


@pytest.mark.parametrize(
    ("begin", "finish", "seconds"),
    [
        ("1700000000", "1700000002", 2.0),
        ("1700000000123", "1700000002623", 2.5),
        ("1700000000123456", "1700000000123999", 0.000543),
        ("1700000000123456789", "1700000001123456789", 1.0),
        ("1700000000.25", "1700000001.5", 1.25),
        ("1700000000,250", "1700000001,500", 1.25),
        ("1700000000", "1700000001500", 1.5),
    ],
)
def test_instants_are_seconds_or_finer(begin: str, finish: str, seconds: float) -> None:
    (step,) = read(start("a", begin), stop("a", finish)).steps
    assert step.duration == pytest.approx(seconds, abs=1e-9)
    assert step.started_at.year == 2023


def test_a_clock_that_counts_from_its_own_start_tells_durations() -> None:
    trace = start("step_script", 0) + start("own", "12") + stop("own", "15") + stop("step_script", 10)
    outer, inner = read(trace).steps
    assert (inner.duration, inner.depth) == (3.0, 1)
    assert outer.started_ns <= inner.started_ns <= outer.finished_ns


@pytest.mark.parametrize("hours", [-2, 5])
def test_a_clock_that_shows_local_time_moves_no_section_out_of_the_one_around_it(hours: int) -> None:
    trace = (
        section("get_sources", 0, 2)
        + start("step_script", 2)
        + section("test", 3 + hours * 3600, 8 + hours * 3600)
        + stop("step_script", 10)
    )
    assert told(trace) == [("get_sources", 2.0, 0), ("step_script", 8.0, 0), ("test", 5.0, 1)]
    _, outer, inner = read(trace).steps
    assert outer.started_ns <= inner.started_ns < inner.finished_ns <= outer.finished_ns


def test_a_clock_that_is_set_back_makes_no_negative_duration() -> None:
    assert told(section("a", 10, 4)) == [("a", 0.0, 0)]


def test_an_instant_beyond_all_clocks_is_no_mark() -> None:
    assert told(start("a", "9999999999999999999"), stop("a", 3)) == []


@pytest.mark.parametrize(
    "end", [b"\r\x1b[0K", b"\x1b[0K", b"\r", b"\n\x1b[0K", b"\n", b"\r\n", b"\r\r\x1b[0K"]
)
def test_a_mark_that_lost_its_cr_or_its_erasure_begins_a_line(end: bytes) -> None:
    trace = start("a", 0, end=end) + b"output\n" + stop("a", 5, end=end) + start("b", 5, end=end) + b"\n"
    assert told(trace, stop("b", 6, end=end)) == [("a", 5.0, 0), ("b", 1.0, 0)]


def test_a_trace_may_end_with_a_mark() -> None:
    assert told(start("a", 0, end=b"\n") + stop("a", 5, end=b"")) == [("a", 5.0, 0)]


def test_a_trace_may_have_cr_alone() -> None:
    trace = start("a", 0, end=b"\r") + b"output\r50 %\r" + stop("a", 5, end=b"\r") + start("b", 5, end=b"\r")
    assert told(trace + b"text\r" + stop("b", 6, end=b"\r")) == [("a", 5.0, 0), ("b", 1.0, 0)]


def test_lines_may_stand_behind_instants_of_the_runner() -> None:
    trace = section("prepare_executor", 0, 2) + b"\n" + section("step_script", 2, 9, b"text\nmore\n") + b"\n"
    assert told(stamped(trace)) == told(trace) == [("prepare_executor", 2.0, 0), ("step_script", 7.0, 0)]


def test_a_line_that_goes_on_may_have_a_mark() -> None:
    trace = (
        b"2026-09-30T19:38:19.401883Z 00O section_start:1700000000:a\r\x1b[0K\n"
        b"2026-09-30T19:38:19.401900Z 00O+\x1b[0K\x1b[36;1mTitle\x1b[0;m\n"
        b"2026-09-30T19:38:20.000001Z 01E warning\n"
        b"2026-09-30T19:38:21.000001Z 01O text without an end"
        b"\n2026-09-30T19:38:24.401883Z 00O section_end:1700000005:a\r\x1b[0K\n"
        b"2026-09-30T19:38:24.401890Z 00O+section_start:1700000005:b[collapsed=true]\r\x1b[0K\n"
        b"2026-09-30T19:38:24.401899Z 00O section_end:1700000006:b\r\x1b[0K\n"
    )
    assert told(trace) == [("a", 5.0, 0), ("b", 1.0, 0)]


def test_stamped_lines_that_lost_their_cr_are_read() -> None:
    trace = stamped(section("a", 0, 5) + b"\n").replace(b"\r", b"")
    assert told(trace) == told(trace.replace(b"\x1b[0K", b"\n")) == [("a", 5.0, 0)]


@pytest.mark.parametrize(
    "line",
    [
        b'$ echo -e "section_start:1700000001:mine\\r\\e[0KTitle"',
        b"+ echo -e 'section_start:1700000001:mine\\r\\033[0KTitle'",
        b'\x1b[32;1m$ echo -e "\x1b[0Ksection_start:1700000001:mine\r\x1b[0KTitle"',
        b"$ grep section_start:1700000001:mine",
        b"see section_start:1700000001:mine",
        b"section_start:1700000001:mine",
        b"section_start:$(date +%s):mine\r\x1b[0K",
        b"section_start:`date +%s`:mine\r\x1b[0K",
        b"section_begin:1700000001:mine\r\x1b[0K",
        b"section_start:1700000001:\r\x1b[0K",
        b"section_start:1700000001: \r\x1b[0K",
        b'"section_start:1700000001:mine\r\x1b[0K"',
        b"section_start:1700000001:mine[collapsed\r\x1b[0K",
    ],
)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_text_that_only_quotes_a_mark_is_none(line: bytes, line_end: bytes) -> None:
    inner = line + line_end + b"section_end:1700000004:mine\r\x1b[0K\n"
    assert told(section("step_script", 0, 9, inner)) == [("step_script", 9.0, 0)]


@pytest.mark.parametrize("output", [b'"ok"', b"it's", b"`", b"$ ", b"50 %", b"\x1b[0m"])
def test_output_without_a_line_end_hides_no_end(output: bytes) -> None:
    assert told(section("step_script", 0, 9, output)) == [("step_script", 9.0, 0)]


def test_names_that_repeat_are_told_apart() -> None:
    trace = section("get_sources", 0, 1) + section("get_sources", 1, 3) + section("get_sources", 3, 6)
    assert told(trace) == [("get_sources", 1.0, 0), ("get_sources.2", 2.0, 0), ("get_sources.3", 3.0, 0)]


def test_what_a_project_opens_has_the_phase_of_the_stage_around_it() -> None:
    trace = (
        section("prepare_executor", 0, 1)
        + section("get_sources", 1, 2)
        + section("restore_cache", 2, 3)
        + section("download_artifacts", 3, 4)
        + start("step_script", 4)
        + section("unit tests".replace(" ", "-"), 4, 6, section("setup_db", 4, 5))
        + stop("step_script", 7)
        + section("after_script", 7, 8, section("notify", 7, 8))
        + section("archive_cache", 8, 9)
        + section("upload_artifacts_on_success", 9, 10)
        + section("cleanup_file_variables", 10, 11)
    )
    assert [(step.name, step.phase) for step in read(trace).steps] == [
        ("prepare_executor", "setup"),
        ("get_sources", "checkout"),
        ("restore_cache", "cache"),
        ("download_artifacts", "artifacts"),
        ("step_script", "script"),
        ("unit-tests", "script"),
        ("setup_db", "script"),
        ("after_script", "after_script"),
        ("notify", "after_script"),
        ("archive_cache", "cache"),
        ("upload_artifacts_on_success", "artifacts"),
        ("cleanup_file_variables", "after_script"),
    ]


def test_commands_between_marks_make_no_steps() -> None:
    assert told(section("step_script", 0, 3, command("make") + command("make test"))) == [
        ("step_script", 3.0, 0)
    ]


def test_a_mark_has_a_name_of_bounded_length() -> None:
    assert told(start("n" * 200, 0) + stop("n" * 200, 1))[0][0] == "n" * 200
    assert told(start("n" * 201, 0) + stop("n" * 201, 1)) == []
    assert END_OF_MARK == b"\r\x1b[0K"
