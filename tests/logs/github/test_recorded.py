from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from buildtimetrend.logs import parse
from tests.logs.github.recorded import ENDS, NAMES, recorded


def test_there_are_recorded_logs() -> None:
    assert set(NAMES) == set(ENDS)


def stamped(line: str) -> tuple[datetime, str] | None:
    """Read apart from the parser's way: with the library's dates, to the microsecond that they hold."""
    stamp, _, rest = line.lstrip("\ufeff").partition(" ")
    try:
        return datetime.fromisoformat(stamp[:26]).replace(tzinfo=UTC), rest
    except ValueError:
        return None


@pytest.mark.parametrize("name", NAMES)
def test_every_group_that_runs_something_is_a_step(name: str) -> None:
    log = recorded(name)
    lines = [found for line in log.decode().splitlines() if len(line) > 26 and (found := stamped(line))]
    runs = [(at, text) for at, text in lines if text.startswith("##[group]Run ")]
    parsed = parse([log], "github")
    assert (parsed.bytes_read, parsed.dropped) == (len(log), 0)
    assert [step.started_at for step in parsed.steps] == [at for at, _ in runs]
    assert all(step.duration >= 0 and step.depth == 0 for step in parsed.steps)
    for step, (_, text) in zip(parsed.steps, runs, strict=True):
        head = text.removeprefix("##[group]").strip()
        assert step.name.rpartition(".")[0] == head or step.name == head


@pytest.mark.parametrize("name", NAMES)
def test_a_step_goes_on_until_the_next_or_the_cleanup(name: str) -> None:
    log = recorded(name)
    steps = parse([log], "github").steps
    for one, other in pairwise(steps):
        assert one.finished_ns == max(one.started_ns, other.started_ns)
    lines = [found for line in log.decode().splitlines() if len(line) > 26 and (found := stamped(line))]
    cleanups = [at for at, text in lines if text.startswith("Post job cleanup.")]
    if steps:
        after = [at for at in cleanups if at >= steps[-1].started_at]
        assert steps[-1].finished_at == (after[0] if after else lines[-1][0])


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_end_is_as_a_person_read_it(name: str) -> None:
    found = parse([recorded(name)], "github").exit
    code, command = ENDS[name]
    assert (found.code, found.command and found.command.split("\n")[-1]) == (code, command)
    assert found.reason == (None if code is None else "done")
    assert found.phase == ("script" if command else None)


@pytest.mark.parametrize("name", NAMES[:6])
@pytest.mark.parametrize("size", [17, 4096, 70_000])
def test_chunks_make_no_difference(name: str, size: int) -> None:
    log = recorded(name)
    pieces = (log[at : at + size] for at in range(0, len(log), size))
    assert parse(pieces, "github") == parse([log], "github")
