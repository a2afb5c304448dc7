from __future__ import annotations

import pytest

from buildtimetrend.logs import parse
from tests.logs.recorded import NAMES, recorded, timed_blocks


def test_there_are_many_recorded_logs() -> None:
    assert len(NAMES) >= 80
    assert sum(len(timed_blocks(recorded(name))) for name in NAMES) == 1300


@pytest.mark.parametrize("name", NAMES)
def test_every_timed_block_of_a_recorded_log_is_a_step(name: str) -> None:
    log = recorded(name)
    blocks = timed_blocks(log)
    parsed = parse([log])
    assert parsed.bytes_read == len(log)
    assert parsed.dropped == 0
    assert len(parsed.steps) == len(blocks)
    assert sum(step.finished_ns - step.started_ns for step in parsed.steps) == sum(blocks.values())
    assert sorted(step.started_ns for step in parsed.steps) == sorted(start for _, start in blocks)


@pytest.mark.parametrize("name", NAMES)
def test_steps_have_unique_names_and_a_phase(name: str) -> None:
    steps = parse([recorded(name)]).steps
    assert len({step.name for step in steps}) == len(steps)
    assert all(step.phase for step in steps)


@pytest.mark.parametrize("name", NAMES)
def test_a_log_that_lost_its_carriage_returns_gives_the_same_steps_worker_and_exit(name: str) -> None:
    log = recorded(name)
    parsed, stripped = parse([log]), parse([log.replace(b"\r", b"")])
    # A command line that a bare CR ends would run on: none of these logs has one.
    assert stripped.steps == parsed.steps
    assert stripped.worker == parsed.worker
    assert stripped.exit == parsed.exit


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [61, 4096, 65536])
def test_chunks_make_no_difference(name: str, size: int) -> None:
    log = recorded(name)[:300_000]
    assert parse(log[at : at + size] for at in range(0, len(log), size)) == parse([log])


def test_recorded_ends_are_told_apart() -> None:
    reasons: dict[str | None, int] = {}
    for name in NAMES:
        reason = parse([recorded(name)]).exit.reason
        reasons[reason] = reasons.get(reason, 0) + 1
    assert reasons == {None: 7, "done": 55, "failed": 18, "stalled": 1}
