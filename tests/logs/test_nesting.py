"""Which block lies in which follows from the place of their tags, whatever their clocks show."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.logs import ParsedLog
from tests.logs.writing import T0, S, close_fold, end, fold, open_fold, read, start, timed

BOOTED = 5_123_456_789_012  # ns


@dataclass
class Clock:
    """Shows a time that is its own: `unit` ns are one tick, `rate` per mille of the ticks count."""

    unit: int = 1
    rate: int = 1000
    origin: int = T0
    divided: int = 1  # microseconds or seconds that are written as ns

    def shows(self, ns: int) -> int:
        ticks = self.origin + ns * self.rate // 1000
        return ticks // self.unit * self.unit // self.divided


CLOCKS = st.sampled_from(
    [
        Clock(),
        Clock(unit=S),
        Clock(unit=1000),
        Clock(divided=1000),
        Clock(divided=S),
        Clock(origin=BOOTED),
        Clock(origin=0, rate=400),  # of the CPU, which waits
        Clock(origin=0, rate=4000),  # of several CPUs
        Clock(origin=T0 - 3600 * S),
        Clock(origin=T0 + 3600 * S),
    ]
)
FOLDS = st.sampled_from(
    [None, None, "build", "install", "deploy", "git", "cache", "script", "Build (x64)", "after_success"]
)


@dataclass
class Block:
    """A timed block with what a project prints within it; times by the true clock."""

    clock: Clock
    fold: str | None
    ends_fold: str  # "after", "before" the block's end, or "never"
    inner: list[Block]
    jump: int = 0  # ns that the clock is set forward or back before the block
    begin: int = 0
    finish: int = 0
    number: int = field(default=0)

    def duration(self) -> int:
        return max(0, self.clock.shows(self.finish) - self.clock.shows(self.begin))


def trees(depth: int) -> st.SearchStrategy[Block]:
    inner = st.lists(trees(depth - 1), max_size=3) if depth else st.just([])
    return st.builds(Block, CLOCKS, FOLDS, st.sampled_from(["after", "before", "never"]), inner)


LOGS = st.lists(
    st.builds(
        Block,
        st.just(Clock()),
        st.none(),
        st.just("after"),
        st.lists(trees(2), max_size=3),
        st.integers(-99, 99).map(lambda s: s * S),
    ),
    min_size=1,
    max_size=4,
)


def written(outer: list[Block]) -> tuple[bytes, list[tuple[int, Block]]]:
    """The log, and its blocks with their depths, in the order of their start tags."""
    blocks: list[tuple[int, Block]] = []
    now = [1000 * S]

    def write(block: Block, depth: int) -> bytes:
        now[0] += 1_234_567_891 + block.jump
        block.begin, block.number = now[0], len(blocks)
        blocks.append((depth, block))
        name = f"{block.number:08x}"
        text = open_fold(block.fold) if block.fold else b""
        text += start(name, "make" if depth == 0 else "") + b"output\r\n"
        text += b"".join(write(inner, depth + 1) for inner in block.inner)
        now[0] += 2_000_000_123
        block.finish = now[0]
        closing = close_fold(block.fold) if block.fold and block.ends_fold != "never" else b""
        shown = end(name, block.clock.shows(block.begin) - T0, block.clock.shows(block.finish) - T0)
        said = b'\x1b[32;1mThe command "make" exited with 0.\x1b[0m\r\n' if depth == 0 else b""
        return text + (closing + shown if block.ends_fold == "before" else shown + closing) + said

    log = b"".join(write(block, 0) for block in outer)
    return log, blocks


@given(LOGS)
@settings(max_examples=100, deadline=None)
def test_depths_and_sums_are_those_of_the_tree_whatever_each_levels_clock(outer: list[Block]) -> None:
    log, blocks = written(outer)
    steps = read(log).steps
    assert [step.depth for step in steps] == [depth for depth, _ in blocks]
    assert [step.finished_ns - step.started_ns for step in steps] == [block.duration() for _, block in blocks]
    whole = sum(block.duration() for block in outer)
    assert sum(step.finished_ns - step.started_ns for step in steps if not step.depth) == whole


@given(LOGS)
@settings(max_examples=100, deadline=None)
def test_what_a_project_opens_inside_a_block_changes_neither_its_phase_nor_its_name(
    outer: list[Block],
) -> None:
    log, _ = written(outer)
    steps = read(log).steps
    assert {step.phase for step in steps} == {"script"}
    assert [step.command for step in steps if not step.depth] == ["make"] * len(outer)
    assert not any(step.name in ("install", "deploy", "git") for step in steps if not step.depth)


@given(LOGS, st.sampled_from(["before_install.1", "install", "after_success.2"]))
@settings(max_examples=100, deadline=None)
def test_inside_of_a_fold_of_travis_ci_all_belongs_to_its_phase(outer: list[Block], name: str) -> None:
    for block in outer:
        block.ends_fold, block.jump = "after", 0
    log, _ = written(outer[:1])
    steps = read(fold(name, log), timed("ffffffff", 9000 * S, 9001 * S, "true")).steps
    assert {step.phase for step in steps[:-1]} == {name.partition(".")[0]}
    assert steps[0].name == name


@given(LOGS)
@settings(max_examples=100, deadline=None)
def test_inner_steps_start_while_the_step_around_them_runs(outer: list[Block]) -> None:
    log, _ = written(outer)
    around: list[tuple[int, int]] = []
    for step in read(log).steps:
        del around[step.depth :]
        assert not around or around[-1][0] <= step.started_ns <= around[-1][1]
        around.append((step.started_ns, step.finished_ns))


@st.composite
def tags_out_of_order(draw: st.DrawFn) -> list[tuple[str, str]]:
    blocks = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12))
    return [(draw(st.sampled_from(["start", "end", "end"])), block) for block in blocks]


@given(tags_out_of_order())
@settings(max_examples=150, deadline=None)
def test_no_stretch_of_a_log_counts_twice_however_tags_cross_repeat_or_lack(
    tags: list[tuple[str, str]],
) -> None:
    """The times in the tags are their places, so two steps of depth 0 may not overlap."""
    log, running = b"", {}
    for place, (kind, block) in enumerate(tags):
        if kind == "start":
            running[block] = place
            log += start(block) + b"\r\n"
        else:
            log += end(block, running.get(block, place) * S, place * S) + b"\r\n"
    outer = [step for step in read(log).steps if not step.depth]
    for before, after in itertools.pairwise(outer):
        assert before.finished_ns <= after.started_ns


def depths(parsed: ParsedLog) -> list[tuple[float, int]]:
    return [(step.duration, step.depth) for step in parsed.steps]


def test_crossing_blocks_never_count_the_same_time_twice() -> None:
    log = start("a") + b"\r\n" + start("b") + b"\r\n" + end("a", 0, 10 * S) + end("b", 5 * S, 15 * S)
    assert depths(read(log)) == [(10.0, 0), (10.0, 1)]


def test_a_block_in_the_background_swallows_none_that_follows() -> None:
    log = start("aaaaaaaa", "make &") + start("own") + b"\r\n" + end("aaaaaaaa", 0, 10 * S)
    log += start("bbbbbbbb", "make") + end("own", S, 15 * S) + b"\r\n" + end("bbbbbbbb", 10 * S, 20 * S)
    assert depths(read(log)) == [(10.0, 0), (14.0, 1), (10.0, 0)]


@pytest.mark.parametrize("jump", [-3600, -5, 5, 3600])
def test_a_clock_that_is_set_between_blocks_makes_none_of_them_nested(jump: int) -> None:
    log = timed("a", 0, 10 * S) + timed("b", (11 + jump) * S, (20 + jump) * S) + timed("c", 21 * S, 22 * S)
    assert [step.depth for step in read(log).steps] == [0, 0, 0]


def test_a_block_that_lacks_its_end_is_around_nothing() -> None:
    log = start("aaaaaaaa", "make") + b"\r\n" + timed("bbbbbbbb", S, 2 * S, "make test")
    assert depths(read(log, b"\r\nDone. Your build exited with 0.\r\n")) == [(1.0, 0)]


def test_a_lost_end_leaves_later_folds_to_travis_ci() -> None:
    log = start("aaaaaaaa", "make") + b"\r\n" + fold("after_success", timed("bbbbbbbb", S, 2 * S, "./deploy"))
    log += b"\r\nDone. Your build exited with 0.\r\n"
    assert [(step.name, step.phase) for step in read(log).steps] == [("after_success", "after_success")]


def test_blocks_of_one_id_may_lie_in_each_other() -> None:
    log = start("x") + b"\r\n" + start("x") + b"\r\n" + end("x", S, 2 * S) + b"\r\n" + end("x", 0, 3 * S)
    assert depths(read(log)) == [(3.0, 0), (1.0, 1)]


def test_what_lies_between_two_ends_of_a_block_lies_in_it() -> None:
    log = timed("aaaaaaaa", 0, S) + timed("b", 2 * S, 3 * S) + end("aaaaaaaa", 0, 4 * S)
    assert depths(read(log)) == [(4.0, 0), (1.0, 1)]


def test_a_log_of_very_many_blocks_in_each_other_is_read() -> None:
    names = [f"{at:08x}" for at in range(3000)]
    log = b"".join(start(name) + b"\r\n" for name in names)
    log += b"".join(end(name, 0, S) + b"\r\n" for name in reversed(names))
    steps = read(log).steps
    assert [step.depth for step in steps[:3]] == [0, 1, 2]
    assert steps[-1].depth == len(names) - 1
