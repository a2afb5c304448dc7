"""The builds before and after one: by their numbers, else by when they began.

A CI that restarts a build keeps its number: it begins after later ones. Where no number near it is found,
instants are found first, near it if they can be, and their rows by these: texts of a long history are not
read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id

# Most builds have a neighbour that near.
NEAR = timedelta(days=1)
SOON = timedelta(days=7)  # most restarts come sooner
NUMBERS = 10  # looked for on each side
LONGEST = 18  # digits of a number that counts up


class Neighbours(NamedTuple):
    """Numbers of builds."""

    before: str | None = None
    after: str | None = None


def neighbours(store: Store, repo: str, attempts: Sequence[Mapping[str, Any]]) -> Neighbours:
    """Of a build, given by the rows of all its attempts, as `build` has them: of the same pipeline that with
    the next lower number, and that with the next higher one; where there is none near, the build that began
    last before it, or first after it.

    A build begins with the first of its attempts that is stored.
    """
    one = attempts[0]
    known = [began for attempt in attempts if (began := _began(attempt))]
    if not known:
        return Neighbours()
    of: dict[str, Value] = {"repo_id": repo_id(store, repo), "pipeline": one["pipeline_id"]}
    began, number = min(known), one["number"]
    near = _numbered(store, of, number, max(began, EARLIEST + SOON) - SOON, min(began, LATEST - SOON) + SOON)
    if near.before and near.after:
        return near
    found = _timely(store, of, one["build_id"], began)
    if is_later(found.before, number) or is_later(number, found.after):
        found = _numbered(store, of, number, EARLIEST, LATEST)
    return Neighbours(near.before or found.before, near.after or found.after)


def is_later(number: str | None, other: str | None) -> bool:
    """Whether a build has a higher number; False where they do not count up."""
    return _counts(number) and _counts(other) and int(str(number)) > int(str(other))


def _counts(number: str | None) -> bool:
    return number is not None and number.isascii() and number.isdecimal() and len(number) <= LONGEST


def _numbered(
    store: Store, of: Mapping[str, Value], number: str, first: datetime, last: datetime
) -> Neighbours:
    """By their numbers, of those that began within these instants."""
    if not _counts(number):
        return Neighbours()
    own = int(number)
    names, given = named("number", [str(own + step) for step in range(-NUMBERS, NUMBERS + 1) if step])
    within: dict[str, Value] = {**of, **given, "first": first, "last": last}
    found = store.select(_NUMBERED.replace("{numbers}", names), within)["number"]
    numbers = [int(str(other)) for other in found]
    before, after = [n for n in numbers if n < own], [n for n in numbers if n > own]
    return Neighbours(str(max(before)) if before else None, str(min(after)) if after else None)


def _timely(store: Store, of: Mapping[str, Value], build_id: str, began: datetime) -> Neighbours:
    found = rows(store.select(_BETWEEN, {**of, **_bounds(store, of, began)}))
    firsts = _firsts(store, of, [other for other in found if other["build_id"] != build_id])
    before = [first for first in firsts if first["began"] < began]
    after = [first for first in firsts if first["began"] > began]
    return Neighbours(
        _number(max(before, key=_place, default=None)), _number(min(after, key=_place, default=None))
    )


def _bounds(store: Store, of: Mapping[str, Value], began: datetime) -> dict[str, Value]:
    """When the first attempts began that are nearest to that instant, on both sides."""
    first, last = max(began, EARLIEST + NEAR) - NEAR, min(began, LATEST - NEAR) + NEAR
    near = rows(store.select(_NEAR, {**of, "first": first, "last": last, "began": began}))[0]
    before = near["before"] or store.select(_LAST, {**of, "first": EARLIEST, "last": first})["began"][0]
    after = near["after"] or store.select(_FIRST, {**of, "first": last, "last": LATEST})["began"][0]
    return {"first": before or EARLIEST, "last": after or LATEST}


def _began(attempt: Mapping[str, Any]) -> datetime | None:
    return cast("datetime | None", attempt["queued_at"] or attempt["started_at"] or attempt["finished_at"])


def _firsts(
    store: Store, of: Mapping[str, Value], attempts: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Those that are the first of their build: of a re-run the store says whether there is an earlier one."""
    reruns = {attempt["build_id"] for attempt in attempts if attempt["attempt"] > 1}
    if not reruns:
        return list(attempts)
    names, ids = named("build", [*reruns])
    of_pipeline = {name: of[name] for name in ("repo_id", "pipeline")}
    found = store.select(_FIRST_ATTEMPTS.replace("{builds}", names), of_pipeline | ids)
    first = dict(zip(found["build_id"], found["attempt"], strict=True))
    return [attempt for attempt in attempts if attempt["attempt"] == first.get(attempt["build_id"], 1)]


def _place(attempt: Mapping[str, Any]) -> tuple[datetime, str]:
    return attempt["began"], attempt["number"]


def _number(attempt: Mapping[str, Any] | None) -> str | None:
    return None if attempt is None else attempt["number"]


EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_OF_PIPELINE = "repo_id = $repo_id AND pipeline = $pipeline"
# PostgreSQL has an index of it.
_BEGAN = "coalesce(queued_at, started_at, finished_at)"
# DuckDB skips by conditions on a column, not by those on an expression.
_WITHIN = f"""
    {_OF_PIPELINE} AND {_BEGAN} BETWEEN $first AND $last
    AND (queued_at IS NULL OR queued_at BETWEEN $first AND $last)
"""
_NUMBERED = f"SELECT number FROM build WHERE {_WITHIN} AND number IN ({{numbers}})"  # noqa: S608 - fixed text only
_NEAR = f"""
    SELECT max({_BEGAN}) FILTER (WHERE {_BEGAN} < $began) AS before,
           min({_BEGAN}) FILTER (WHERE {_BEGAN} > $began) AS after
    FROM build WHERE {_WITHIN} AND attempt = 1
"""  # noqa: S608 - fixed text only
_LAST = f"SELECT max({_BEGAN}) AS began FROM build WHERE {_WITHIN} AND attempt = 1"  # noqa: S608 - fixed text only
_FIRST = _LAST.replace("max(", "min(")
_BETWEEN = f"SELECT build_id, number, attempt, {_BEGAN} AS began FROM build WHERE {_WITHIN}"  # noqa: S608 - fixed text only
_FIRST_ATTEMPTS = f"""
    SELECT build_id, min(attempt) AS attempt FROM build WHERE {_OF_PIPELINE} AND build_id IN ({{builds}})
    GROUP BY build_id
"""  # noqa: S608 - fixed text only
