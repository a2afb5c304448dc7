"""The builds before and after one.

Their instants are found first, and their rows by these: the texts of a long history are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.repos import repo_id


class Neighbours(NamedTuple):
    """Numbers of builds."""

    before: str | None = None
    after: str | None = None


def neighbours(store: Store, repo: str, attempts: Sequence[Mapping[str, Any]]) -> Neighbours:
    """Of a build, given by the rows of all its attempts, as `build` has them: of the same pipeline the build
    that began last before it, and the one that began first after it.

    A build begins with the first of its attempts that is stored.
    """
    one = attempts[0]
    known = [began for attempt in attempts if (began := _began(attempt))]
    if not known:
        return Neighbours()
    of: dict[str, Value] = {"repo_id": repo_id(store, repo), "pipeline": one["pipeline_id"]}
    of["began"] = min(known)
    row = rows(store.select(_NEAREST, of))[0]
    bounds = {"first": row["before"] or EARLIEST, "last": row["after"] or LATEST}
    near = store.select(_NEAR, {name: value for name, value in of.items() if name != "began"} | bounds)
    others = [other for other in rows(near) if other["build_id"] != one["build_id"]]
    firsts = _firsts(store, of, others)
    before = [first for first in firsts if first["began"] < of["began"]]
    after = [first for first in firsts if first["began"] > of["began"]]
    return Neighbours(
        _number(max(before, key=_place, default=None)), _number(min(after, key=_place, default=None))
    )


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
_NEAREST = f"""
    SELECT (SELECT max({_BEGAN}) FROM build
            WHERE {_OF_PIPELINE} AND {_BEGAN} < $began AND attempt = 1) AS before,
           (SELECT min({_BEGAN}) FROM build
            WHERE {_OF_PIPELINE} AND {_BEGAN} > $began AND attempt = 1) AS after
"""  # noqa: S608 - fixed text only
_WITHIN = "BETWEEN $first AND $last"
# DuckDB skips by conditions on a column, not by those on an expression.
_NEAR = " UNION ALL ".join(
    f"""
    SELECT build_id, number, attempt, {_BEGAN} AS began FROM build
    WHERE {_OF_PIPELINE} AND {_BEGAN} {_WITHIN} AND {of_column}
    """  # noqa: S608 - fixed text only
    for of_column in (
        f"queued_at {_WITHIN}",
        f"queued_at IS NULL AND started_at {_WITHIN}",
        f"queued_at IS NULL AND started_at IS NULL AND finished_at {_WITHIN}",
    )
)
_FIRST_ATTEMPTS = f"""
    SELECT build_id, min(attempt) AS attempt FROM build WHERE {_OF_PIPELINE} AND build_id IN ({{builds}})
    GROUP BY build_id
"""  # noqa: S608 - fixed text only
