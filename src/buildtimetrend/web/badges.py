"""Badges: `/badge/{repo}[/{type}[/{interval}]]`, as SVG or (`.json`) for shields.io."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

import orjson

from buildtimetrend import text
from buildtimetrend.model import Value
from buildtimetrend.web.analysis import grades

INTERVALS = {"week": 7, "month": 30, "year": 52 * 7}  # days
JSON = ".json"
DEFAULT_TYPE = "avg"
DEFAULT_INTERVAL = "week"

COLOURS = {"ok": "brightgreen", "warning": "orange", "error": "red", "": "lightgrey"}
NEUTRAL, UNKNOWN = "blue", "lightgrey"

Figures: TypeAlias = Mapping[str, Any]
Drawn: TypeAlias = tuple[str, str]  # message, colour


@dataclass(frozen=True, slots=True)
class Badge:
    """`draw` makes message and colour of the figures of an interval; None when they do not tell."""

    label: str
    help: str
    draw: Callable[[Figures, datetime], Drawn | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a badge's address asks for; `filters` are names and values, as they were given."""

    repo: str
    type: str = DEFAULT_TYPE
    interval: str = DEFAULT_INTERVAL
    json: bool = False
    filters: tuple[tuple[str, str], ...] = ()


def wanted(path: str) -> Wanted:
    """Read a path below `/badge/`: type and interval from the right, for a repo has two segments or more.

    They may be in capitals, as in the old service.
    """
    json = path[-len(JSON) :].lower() == JSON
    segments = (path[: -len(JSON)] if json else path).strip("/").split("/")
    last = segments[-1].lower()
    if len(segments) >= 4 and last in INTERVALS and (before := segments[-2].lower()) in BADGES:
        return Wanted("/".join(segments[:-2]), before, last, json)
    if len(segments) >= 3 and last in BADGES:
        return Wanted("/".join(segments[:-1]), last, json=json)
    return Wanted("/".join(segments), json=json)


def address_of(path: str) -> str | None:
    """Where the badge is that a path names without `/badge` before it, as the old service's manual does.

    None for any other path: the badge's type must stand after the repo.
    """
    segments = path.strip("/").split("/")
    repo = wanted(path).repo
    named = len(repo.split("/")) < len(segments) and all(segments)
    return f"/badge/{quote('/'.join(segments))}" if named else None


def render(badge: Badge, drawn: Drawn | None, *, json: bool) -> bytes:
    message, colour = drawn or ("unknown", UNKNOWN)
    if json:
        return orjson.dumps({"schemaVersion": 1, "label": badge.label, "message": message, "color": colour})
    from buildtimetrend.web import badge_svg  # noqa: PLC0415 - a twelfth of a start is badgepy's

    return badge_svg.drawn(badge.label, message, colour)


def _duration(name: str) -> Callable[[Figures, datetime], Drawn | None]:
    def draw(figures: Figures, _: datetime) -> Drawn | None:
        seconds: Value = figures[name]
        return None if seconds is None else (text.duration(seconds), NEUTRAL)

    return draw


def _count(name: str) -> Callable[[Figures, datetime], Drawn | None]:
    def draw(figures: Figures, _: datetime) -> Drawn | None:
        return (f"{figures[name]:,}", NEUTRAL) if figures[name] else None

    return draw


def _passed(figures: Figures, _: datetime) -> Drawn | None:
    share = figures["passed"]
    # Rounded down: 99.9 % is not all.
    return None if share is None else (f"{int(share)}%", COLOURS[grades.passed(share)])


def _last_fail(figures: Figures, now: datetime) -> Drawn | None:
    failed, latest = figures["last_fail"], figures["latest_at"]
    quiet = grades.quiet(latest, now)
    if failed is None:
        return ("never", COLOURS["" if quiet else "ok"]) if latest is not None else None
    return text.ago(failed, now), COLOURS[grades.days_since_fail((now - failed).days, quiet=quiet)]


BADGES: dict[str, Badge] = {
    "latest": Badge("buildtime", "duration of the last build job", _duration("latest")),
    "avg": Badge("avg buildtime", "average duration of the build jobs in the interval", _duration("avg")),
    "jobs": Badge("build jobs", "number of build jobs in the interval", _count("jobs")),
    "builds": Badge("builds", "number of builds in the interval", _count("builds")),
    "passed": Badge("jobs passed", "share of successful build jobs in the interval", _passed),
    "last_fail": Badge("last failed job", "time since the last build job that failed", _last_fail),
}
