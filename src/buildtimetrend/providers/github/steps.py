"""The steps of a job, as the API has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from buildtimetrend.model import NEVER, Result, Step
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github.words import CONCLUSIONS, word_of
from buildtimetrend.providers.times import in_order, time_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What the runner itself does around the steps of the workflow, by the names that it gives.
_BEFORE = re.compile(r"Set up (?:job|runner)$|Initialize containers$|Pre |Pull |Build \S+@")
_AFTER = re.compile(r"Post |Complete (?:job|runner)$|Stop containers$")


def steps_of(job: Fields) -> Iterator[Step]:
    """In their order. One that did not run has no time, whatever times are told of it."""
    for step in sorted(job.maybe_each("steps"), key=_number):
        word = word_of(step)
        result = CONCLUSIONS.get(word)
        started_ns, finished_ns = _span(step, result)
        name = step.maybe_text("name") or f"step {_number(step)}"
        yield Step(
            name=name,
            phase=_phase(name),
            command=None,
            started_ns=started_ns,
            finished_ns=finished_ns,
            result=result,
            number=_number(step) or None,
        )


def _number(step: Fields) -> int:
    return int(step.maybe_id("number") or 0)


def _span(step: Fields, result: Result | None) -> tuple[int, int]:
    started, finished = time_of(step, "started_at"), time_of(step, "completed_at")
    if result in (None, Result.SKIPPED) or started is None or finished is None:
        return NEVER, NEVER
    if not in_order(started, finished):
        return NEVER, NEVER
    return _ns(started), _ns(max(started, finished))


def _ns(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


def _phase(name: str) -> str:
    if _BEFORE.match(name):
        return "setup"
    return "after_script" if _AFTER.match(name) else "script"
