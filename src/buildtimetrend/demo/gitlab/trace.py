"""The trace of a simulated job: its steps as sections, with the runner's own around them."""

from __future__ import annotations

from collections.abc import Iterator

from buildtimetrend.demo.runs.definitions import Dialect
from buildtimetrend.demo.runs.run import RunJob, RunStep

_CLEAR = b"\r\x1b[0K"
_LAST_WORDS = {
    "passed": b"\x1b[32;1mJob succeeded\x1b[0;m\n",
    "failed": b"\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m\n",
    "canceled": b"\x1b[31;1mERROR: Job failed: canceled\n\x1b[0;m\n",
}


def trace(job: RunJob, dialect: Dialect) -> bytes:
    """Empty for a job that did not run, or is not a runner's."""
    if not job.steps:
        return b""
    first, last = len(dialect.opening), len(job.steps) - len(dialect.closing)
    own = [step for step in job.steps[first:last] if step.state != "skipped"]
    return b"".join(
        (
            b"\x1b[0KRunning with gitlab-runner 17.5.3 (12030cf4)\x1b[0;m\n",
            b"\x1b[0K  on simulated-runner-%d zbF4zAjwx, system ID: s_18faf34db374\x1b[0;m\n" % job.runner,
            *(_section(step) for step in job.steps[:first]),
            _start(own[0].started_at, dialect.around),
            b'\x1b[0K\x1b[36;1mExecuting "step_script" stage of the job script\x1b[0;m\x1b[0;m\n',
            *(_section(step, b"[collapsed=true]") for step in own),
            _end(own[-1].finished_at, dialect.around),
            *(_section(step) for step in job.steps[last:]),
            b"\n",
            _LAST_WORDS[job.state],
        )
    )


def _section(step: RunStep, options: bytes = b"") -> bytes:
    return b"".join(_lines(step, options))


def _lines(step: RunStep, options: bytes) -> Iterator[bytes]:
    yield _start(step.started_at, step.name, options)
    yield b"\x1b[32;1m$ make %s\x1b[0;m\nsimulated output of %s\n" % (step.name.encode(), step.name.encode())
    yield _end(step.finished_at, step.name)


def _start(second: int, name: str, options: bytes = b"") -> bytes:
    return b"section_start:%d:%s%s%s" % (second, name.encode(), options, _CLEAR)


def _end(second: int, name: str) -> bytes:
    return b"section_end:%d:%s%s" % (second, name.encode(), _CLEAR)
