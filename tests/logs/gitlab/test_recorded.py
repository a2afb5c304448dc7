from __future__ import annotations

import pytest

from buildtimetrend.logs import parse
from buildtimetrend.model import Exit
from tests.logs.gitlab.recorded import NAMES, recorded, sections

SECONDS = 1_000_000_000


def test_there_are_recorded_traces() -> None:
    assert [len(sections(recorded(name))) for name in NAMES] == [5, 8, 9]


@pytest.mark.parametrize("name", NAMES)
def test_every_section_of_a_recorded_trace_is_a_step(name: str) -> None:
    trace = recorded(name)
    parsed = parse([trace], "gitlab")
    assert (parsed.bytes_read, parsed.dropped) == (len(trace), 0)
    assert [(step.name, step.started_ns // SECONDS, step.duration) for step in parsed.steps] == sections(
        trace
    )
    assert not any(step.depth for step in parsed.steps)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 61, 4096])
def test_chunks_make_no_difference(name: str, size: int) -> None:
    trace = recorded(name)
    pieces = (trace[at : at + size] for at in range(0, len(trace), size))
    assert parse(pieces, "gitlab") == parse([trace], "gitlab")


@pytest.mark.parametrize("name", NAMES)
def test_a_trace_that_lost_its_carriage_returns_gives_the_same(name: str) -> None:
    trace = recorded(name)
    parsed, stripped = parse([trace], "gitlab"), parse([trace.replace(b"\r", b"")], "gitlab")
    assert (stripped.steps, stripped.worker, stripped.exit) == (parsed.steps, parsed.worker, parsed.exit)


def test_recorded_ends_are_told_apart() -> None:
    assert [parse([recorded(name)], "gitlab").exit for name in NAMES] == [
        Exit("done", 0, message="Job succeeded"),
        Exit("done", 1, None, "script", "ERROR: Job failed: exit status 1"),
        Exit("done", 0, message="Job succeeded"),
    ]


def test_the_recorded_runner_is_known() -> None:
    worker = parse([recorded("log1.txt")], "gitlab").worker
    assert (worker.name, worker.hostname, worker.instance) == ("example-runner", "example-runner", None)
    assert worker.facts == {
        "Runner version": "16.3.0 (8ec04662)",
        "System ID": "s_18faf34db374",
        "Executor": "shell",
        "Shell": "bash",
    }
