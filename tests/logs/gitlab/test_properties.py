"""Whatever a trace has, it is read, and how it arrives makes no difference."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.logs import parse
from buildtimetrend.logs.gitlab.markers import REACH, RUNS, Found, find_markers
from buildtimetrend.logs.gitlab.sections import MAX_SECTIONS
from tests.logs.gitlab.recorded import NAMES, recorded

ENDS = st.sampled_from(["\r\x1b[0K", "\n\x1b[0K", "\n", "\r\n", "\r", "", "\x1b[0K"])
ANY_MARK = st.builds(
    "section_{}:{}:{}{}{}".format,
    st.sampled_from(["start", "end"]),
    st.one_of(st.integers(0, 30), st.integers(0, 2**70), st.just("1700000000.5")),
    st.sampled_from(["get_sources", "step_script", "after_script", "mine", "a b", "it's", "", "x" * 250]),
    st.sampled_from(["", "", "[collapsed=true]", "[a"]),
    ENDS,
)
TEXT = st.sampled_from(
    [
        "\x1b[32;1m$ make test\x1b[0;m\n",
        "\x1b[32;1m$ make",
        "$ make\n",
        "output\n",
        "50 %\r",
        "section_",
        "2024-05-30T14:30:00.000000Z 00O ",
        "\n2024-05-30T14:30:00.000000Z 01O+",
        "\x1b[31;1mERROR: Job failed: exit code 2\n\x1b[0;m",
        "Job succeeded\n",
        "\0\0",
        "z" * (REACH + 50),
    ]
)
SOUP = st.lists(st.one_of(ANY_MARK, ANY_MARK, TEXT), max_size=40).map(lambda parts: "".join(parts).encode())


@given(st.one_of(st.binary(max_size=2000), SOUP))
@settings(max_examples=150, deadline=None)
def test_any_bytes_parse(trace: bytes) -> None:
    parsed = parse([trace], "gitlab")
    assert parsed.bytes_read == len(trace)
    assert all(step.duration >= 0 and step.name and step.phase for step in parsed.steps)
    assert len({step.name for step in parsed.steps}) == len(parsed.steps)
    assert not parsed.steps or parsed.steps[0].depth == 0
    parsed.as_json()


def marks(chunks: Iterable[bytes]) -> list[Found]:
    return [one for found in find_markers(chunks) for one in found if one[0] != RUNS]


@given(SOUP, st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_mark_may_be_cut_anywhere(trace: bytes, cuts: list[int]) -> None:
    """Without the putting together of small chunks, which would hide where they were cut."""
    edges = [0, *sorted(min(cut, len(trace)) for cut in cuts), len(trace)]
    assert marks(trace[a:b] for a, b in pairwise(edges)) == marks([trace])


@given(SOUP, st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=100, deadline=None)
def test_of_commands_that_are_cut_the_last_is_whole(trace: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(trace)) for cut in cuts), len(trace)]

    def last(chunks: list[bytes]) -> bytes | None:
        commands = [one[2] for found in find_markers(chunks) for one in found if one[0] == RUNS]
        return commands[-1] if commands else None

    assert last([trace[a:b] for a, b in pairwise(edges)]) == last([trace])


def test_a_real_trace_may_be_cut_at_every_byte() -> None:
    for name in NAMES:
        trace = recorded(name)
        whole = parse([trace], "gitlab")
        assert whole.steps
        assert marks(trace[at : at + 1] for at in range(len(trace))) == marks([trace])


def test_sections_beyond_the_most_are_counted() -> None:
    trace = b"section_start:1700000000:a\r\x1b[0Ksection_end:1700000001:a\r\x1b[0K" * (MAX_SECTIONS + 7)
    parsed = parse([trace], "gitlab")
    assert (len(parsed.steps), parsed.dropped) == (MAX_SECTIONS, 7)


def test_names_take_bounded_room() -> None:
    trace = b"".join(b"section_start:1700000000:%0200d\r\x1b[0K" % at for at in range(30_000))
    assert parse([trace], "gitlab").dropped == 10_000


def test_sections_that_never_end_take_time_by_their_number_alone() -> None:
    def seconds(sections: int) -> float:
        trace = b"".join(b"section_start:1700000000:s%d\r\x1b[0K$ make\n" % at for at in range(sections))
        begun = process_time()
        parse([trace], "gitlab")
        return process_time() - begun

    assert min(seconds(32_000) for _ in range(3)) < 12 * min(seconds(8_000) for _ in range(3))
