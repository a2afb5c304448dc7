from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.logs import ParsedLog, parse
from buildtimetrend.logs.travis.tags import REACH, find_tags
from tests.logs.recorded import recorded

IDS = st.sampled_from(["0a573866", "11631b70", "stage0-rustc", "x"])
TIMES = st.one_of(st.integers(0, 30), st.integers(0, 2**70))
NAMES = st.sampled_from(
    [
        "system_info",
        "git.checkout",
        "install",
        "install.2",
        "mine",
        "a b",
        "f(x)",
        "it's",
        "cache.1",
        "after_success",
    ]
)
ENDS = st.sampled_from(["\r\x1b[0K", "\n\x1b[0K", "\n", "\r\n", "\r\r\n", "", "\x1b[0K"])
SUFFIXES = st.sampled_from(
    ["", ",event=script", ",stage=checkout", ",event=", ",event=fix_foo", ",event=after_script"]
)
ANY_TAG = st.one_of(
    st.builds("travis_fold:{}:{}{}".format, st.sampled_from(["start", "end"]), NAMES, ENDS),
    st.builds("travis_time:start:{}{}".format, IDS, ENDS),
    st.builds(
        "travis_time:end:{}:start={},finish={},duration=1{}{}".format, IDS, TIMES, TIMES, SUFFIXES, ENDS
    ),
)
TEXT = st.sampled_from(
    [
        "$ travis_retry make\r\n",
        "\n$ rake\n",
        'The command "rake" exited with 7.\n',
        'The command "rake',
        "\n",
        "output\r\n",
        "50 %\r",
        "travis_",
        'travis_fold:start:$fold"',
        '\x1b[31;1mThe command "make" exited with 2.\x1b[0m\r\n',
        "\nDone. Your build exited with 1.\n",
        "\0\0",
        "z" * (REACH + 50) + "\n",
        "y" * 350,
    ]
)
SOUP = st.lists(st.one_of(ANY_TAG, ANY_TAG, TEXT), max_size=40).map(lambda parts: "".join(parts).encode())


def check(parsed: ParsedLog) -> None:
    """What lies in which, and that no time counts twice, is the subject of test_nesting.py."""
    assert all(step.duration >= 0 and step.depth >= 0 for step in parsed.steps)
    assert not parsed.steps or parsed.steps[0].depth == 0
    assert all(step.name and step.phase for step in parsed.steps)
    assert len({step.name for step in parsed.steps}) == len(parsed.steps)
    parsed.as_json()


@given(st.binary(max_size=2000))
@settings(deadline=None)
def test_any_bytes_parse(log: bytes) -> None:
    parsed = parse([log])
    assert parsed.bytes_read == len(log)
    check(parsed)


@given(SOUP)
@settings(max_examples=150, deadline=None)
def test_any_tags_parse(log: bytes) -> None:
    check(parse([log]))


@given(SOUP, st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=100, deadline=None)
def test_chunks_make_no_difference(log: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    assert parse(log[a:b] for a, b in pairwise(edges)) == parse([log])


def tags(chunks: Iterable[bytes]) -> list[tuple[bytes, ...]]:
    """Without the putting together of small chunks, which would hide where they were cut."""
    return [tag for tags in find_tags(chunks) for tag in tags]


@given(SOUP, st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_tag_may_be_cut_anywhere(log: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]
    assert tags(log[a:b] for a, b in pairwise(edges)) == tags([log])


def test_a_real_log_may_be_cut_at_every_byte() -> None:
    log = recorded("timing_info.log")
    whole = tags([log])
    assert len(whole) > 60
    for cut in range(len(log)):
        assert tags([log[:cut], log[cut:]]) == whole
    assert tags(log[at : at + 1] for at in range(len(log))) == whole


def test_blocks_that_never_end_take_time_by_their_number_alone() -> None:
    def seconds(blocks: int) -> float:
        log = b"".join(b"travis_time:start:%08x\r\x1b[0K$ make\r\n" % number for number in range(blocks))
        begun = process_time()
        parse([log])
        return process_time() - begun

    few, many = (min(seconds(blocks) for _ in range(3)) for blocks in (8_000, 32_000))
    assert many < 10 * few
