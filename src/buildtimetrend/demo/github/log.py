"""The log of a simulated job: a group for each step that ran, every line with its time."""

from __future__ import annotations

from datetime import UTC, datetime

from buildtimetrend.demo.runs.run import RunJob, RunStep


def of(job: RunJob) -> bytes:
    ran = [step for step in job.steps if step.state != "skipped"]
    return ("\ufeff" + "".join(line for step in ran for line in _lines(step))).encode()


def _lines(step: RunStep) -> list[str]:
    """The group is closed before the output begins, as GitHub does it."""
    start, end = (
        f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}" for at in (step.started_at, step.finished_at)
    )
    failed = {
        "failed": "##[error]Process completed with exit code 1.",
        "canceled": "##[error]The operation was canceled.",
    }
    lines = [
        f"{start}.0000000Z ##[group]{step.name.removeprefix('Post ')}",
        f"{start}.0000001Z shell: /usr/bin/bash -e {{0}}",
        f"{start}.0000002Z ##[endgroup]",
        f"{end}.0000000Z simulated output",
    ]
    last = [f"{end}.0000001Z {failed[step.state]}"] if step.state in failed else []
    return [f"{line}\n" for line in (*lines, *last)]
