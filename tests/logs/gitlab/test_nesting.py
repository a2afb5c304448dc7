"""Which section lies in which follows from the place of their marks, whatever their clocks show."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.logs.gitlab.writing import T0, S, read, section, start, stop, told


@dataclass
class Clock:
    """What a marker shows of an instant: `unit` ns are one tick, of which `digits` are after the point."""

    unit: int = S
    origin: int = T0 * S

    def shows(self, ns: int) -> str:
        return str((self.origin + ns) // self.unit)

    def ns(self, ns: int) -> int:
        return (self.origin + ns) // self.unit * self.unit


CLOCKS = st.sampled_from(
    [
        Clock(),
        Clock(unit=S // 1000),
        Clock(unit=1000),
        Clock(unit=1),
        Clock(origin=5000 * S),
        Clock(origin=(T0 - 7200) * S),
        Clock(origin=(T0 + 19_800) * S),
    ]
)


@dataclass
class Section:
    clock: Clock
    name: str
    inner: list[Section]
    begin: int = 0
    finish: int = 0

    def duration(self) -> int:
        return self.clock.ns(self.finish) - self.clock.ns(self.begin)


NAMES = st.sampled_from(["test", "build", "lint", "after_script", "get_sources", "a.b-c"])


def trees(depth: int) -> st.SearchStrategy[Section]:
    inner = st.lists(trees(depth - 1), max_size=3) if depth else st.just([])
    return st.builds(Section, CLOCKS, NAMES, inner)


TRACES = st.lists(
    st.builds(Section, st.just(Clock()), NAMES, st.lists(trees(2), max_size=3)), min_size=1, max_size=4
)


def written(outer: list[Section]) -> tuple[bytes, list[tuple[int, Section]]]:
    """The trace, and its sections with their depths, in the order of their starts."""
    found: list[tuple[int, Section]] = []
    now = [1000 * S]

    def write(one: Section, depth: int) -> bytes:
        now[0] += 1_234_567_891
        one.begin = now[0]
        found.append((depth, one))
        inner = b"".join(write(other, depth + 1) for other in one.inner)
        now[0] += 2_000_000_123
        one.finish = now[0]
        begin, finish = one.clock.shows(one.begin), one.clock.shows(one.finish)
        return start(one.name, begin) + b"output\n" + inner + stop(one.name, finish)

    trace = b"".join(write(one, 0) for one in outer)
    return trace, found


@given(TRACES)
@settings(max_examples=100, deadline=None)
def test_depths_and_durations_are_those_of_the_tree_whatever_each_ones_clock(outer: list[Section]) -> None:
    trace, sections = written(outer)
    steps = read(trace).steps
    assert [step.depth for step in steps] == [depth for depth, _ in sections]
    assert [step.finished_ns - step.started_ns for step in steps] == [one.duration() for _, one in sections]


@given(TRACES)
@settings(max_examples=100, deadline=None)
def test_inner_steps_start_while_the_step_around_them_runs(outer: list[Section]) -> None:
    trace, _ = written(outer)
    around: list[tuple[int, int]] = []
    for step in read(trace).steps:
        del around[step.depth :]
        assert not around or around[-1][0] <= step.started_ns <= around[-1][1]
        around.append((step.started_ns, step.finished_ns))


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), min_size=1, max_size=14))
@settings(max_examples=150, deadline=None)
def test_no_stretch_of_a_trace_counts_twice_however_marks_cross_repeat_or_lack(
    marks: list[tuple[bool, str]],
) -> None:
    """The instants are the places of the marks, so two steps of depth 0 may not overlap."""
    trace = b"".join(
        start(name, place) if starts else stop(name, place) for place, (starts, name) in enumerate(marks)
    )
    outer = [step for step in read(trace).steps if not step.depth]
    for before, after in itertools.pairwise(outer):
        assert before.finished_ns <= after.started_ns


def test_crossing_sections_never_count_the_same_time_twice() -> None:
    assert told(start("a", 0), start("b", 5), stop("a", 10), stop("b", 15)) == [
        ("a", 10.0, 0),
        ("b", 10.0, 1),
    ]


def test_a_section_in_the_background_swallows_none_that_follows() -> None:
    trace = start("step_script", 0) + start("own", 1) + stop("step_script", 10)
    trace += start("after_script", 10) + stop("own", 15) + stop("after_script", 20)
    assert told(trace) == [("step_script", 10.0, 0), ("own", 14.0, 1), ("after_script", 10.0, 0)]


def test_a_section_that_lacks_its_end_is_no_step_and_around_nothing() -> None:
    trace = start("step_script", 0) + start("test", 1) + section("unit", 2, 4) + stop("step_script", 9)
    assert told(trace) == [("step_script", 9.0, 0), ("unit", 2.0, 1)]


def test_an_end_without_a_start_is_none() -> None:
    assert told(stop("a", 3), section("b", 3, 4), stop("b", 9)) == [("b", 1.0, 0)]


def test_of_sections_that_share_a_name_the_one_that_started_last_ends_first() -> None:
    assert told(start("x", 0), start("x", 1), stop("x", 2), stop("x", 3)) == [("x", 3.0, 0), ("x.2", 1.0, 1)]


def test_stages_follow_one_another_where_the_end_of_one_is_lost() -> None:
    trace = start("get_sources", 0) + start("step_script", 3) + section("own", 4, 5) + stop("step_script", 9)
    steps = read(trace).steps
    assert [(step.name, step.phase, step.depth) for step in steps] == [
        ("step_script", "script", 0),
        ("own", "script", 1),
    ]


@pytest.mark.parametrize("sections", [3000])
def test_very_many_sections_in_each_other_are_read(sections: int) -> None:
    names = [f"s{at}" for at in range(sections)]
    trace = b"".join(start(name, 0) for name in names) + b"".join(stop(name, 1) for name in reversed(names))
    steps = read(trace).steps
    assert [steps[0].depth, steps[1].depth, steps[-1].depth] == [0, 1, sections - 1]
