"""Whether a finding is over, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from buildtimetrend.findings.finding import What
from buildtimetrend.findings.sentences.words import day

NOT_OVER, STAYED_SO, STILL_RUNS = "It is not over.", "It has stayed so.", "It still runs."

TODAY: Mapping[str, str] = {
    NOT_OVER: "It is not over today.",
    STAYED_SO: "It has stayed so until today.",
    STILL_RUNS: "It still runs today.",
}

WITH_LAST: Mapping[str, str] = {
    NOT_OVER: "It was not over with the last build, on {}.",
    STAYED_SO: "It had stayed so until the last build, on {}.",
    STILL_RUNS: "It still ran in the last build, on {}.",
}


def status(seconds: float, over_since: Mapping[str, Any] | None, what: What = "wall") -> str:
    """Of what takes so much longer, until the build from which on it is as before, if there is one."""
    if over_since is None and what in ("new_step", "new_job"):
        return STILL_RUNS
    if over_since is None:
        return NOT_OVER if seconds > 0 else STAYED_SO
    since = f"#{over_since['number']} on {day(over_since['started_at'])}"
    return f"Over since build {since}."


def as_of_today(status: str) -> str:
    """A status beside what is old: else it would be read as of then."""
    return TODAY.get(status, status)


def as_of_last(status: str, ended: datetime | None) -> str:
    """A status of what has had no build for long, since the last one `ended`: nothing tells how it is now."""
    said = WITH_LAST.get(status) if ended else None
    return said.format(day(ended)) if said and ended else status
