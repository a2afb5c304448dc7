"""Single figures: of a repo in a range, and for a badge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from buildtimetrend.enough import SIDE, Change, Side, change, margin_of_medians
from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.filters import FAILED, ask
from buildtimetrend.store.reads.repos import NO_REPO, repo_id
from buildtimetrend.store.reads.spread import QUARTILES, percentiles


def totals(store: Store, query: Query) -> dict[str, Value]:
    """What a repo's builds and jobs in the range come to.

    `failed` counts errored jobs too; the success rate (%) leaves canceled and skipped ones out, as the
    durations (s) do, and is None where a result is chosen. The last failure may lie before the range.
    `change` (%) is that of the median since the range of the same length before, and `change_verdict` what it
    means, by `enough.change`: None, unless `compared_builds` and `previous_builds`, those whose jobs have
    durations, are enough.
    """
    spread: dict[str, Any] = _first(ask(store, query, _SPREAD))
    before: dict[str, Any] = _first(ask(store, previous_range(query), _QUARTILES))
    compared, earlier = compared_builds(store, query), compared_builds(store, previous_range(query))
    found = changed_median(query, (spread, compared), (before, earlier))
    return {
        **_counted(store, query),
        "median_duration": spread["median"],
        "p95_duration": spread["p95"],
        "queue_median": spread["queue_median"],
        "previous_median_duration": before["median"],
        "compared_builds": compared,
        "previous_builds": earlier,
        "change": found.percent,
        "change_verdict": found.verdict,
    }


def previous_range(query: Query) -> Query:
    """The same question about the range of the same length that ends where this one begins."""
    return replace(query, since=query.since - (query.until - query.since), until=query.since)


def changed(query: Query, now: Any, previous: Any, *counts: int, margin: float | None) -> Change:
    """`change`, but of what did not pass: how far it came says nothing about how long it takes."""
    if query.filters.get("result", "passed") != "passed":
        return Change(None, "unknown" if now is None else "not compared")
    return change(now, previous, *counts, margin=margin)


def changed_median(query: Query, now: Side, previous: Side) -> Change:
    """`changed`, of two medians with their quartiles."""
    medians = now[0]["median"], previous[0]["median"]
    return changed(query, *medians, now[1], previous[1], margin=margin_of_medians(now, previous))


def compared_builds(store: Store, query: Query) -> int:
    """How many builds the durations of the range are of: one with many jobs is one."""
    return int(str(ask(store, query, _COMPARED)["builds"][0]))


def enough_builds(store: Store, query: Query) -> int:
    """`compared_builds`, or less where those are enough to compare: to count them all takes several times as
    long.
    """
    found = int(str(ask(store, query, _SOME_COMPARED, most=100 * SIDE)["builds"][0]))
    return found if found >= SIDE else compared_builds(store, query)


def badge_figures(
    store: Store,
    repo: str,
    since: datetime,
    until: datetime,
    filters: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Value] | None:
    """What badges show of the jobs that pass the filters, None for an unknown repo.

    `avg` (s), `jobs`, `builds` and `passed` (%) are of the range; `latest` (s), `latest_at` and `last_fail`
    (instants) look back beyond it.
    """
    if repo_id(store, repo) == NO_REPO:
        return None
    query = Query(repo, since, until, filters=filters)
    found = _counted(store, query)
    latest = ask(store, query, _LATEST)
    return {
        "latest": latest["duration"][0] if latest["duration"] else None,
        "latest_at": latest["finished_at"][0] if latest["duration"] else None,
        "avg": found["average_duration"],
        "jobs": found["jobs"],
        "builds": found["builds"],
        "passed": found["success_rate"],
        "last_fail": found["last_failed_at"],
    }


def _counted(store: Store, query: Query) -> dict[str, Value]:
    found = _first(ask(store, query, _TOTALS))
    failed_at: Any = ask(store, query, "SELECT max(finished_at) AS at FROM job WHERE {failures}")["at"][0]
    return {
        **found,
        "builds": ask(store, query, _BUILDS)["builds"][0],
        "success_rate": success_rate(query, found["passed"], found["failed"]),
        "last_failed_at": failed_at,
        "days_since_fail": failed_at and (query.until - failed_at).days,
    }


def _first(table: Table) -> dict[str, Value]:
    return {name: values[0] for name, values in table.items()}


def success_rate(query: Query, passed: Any, failed: Any) -> float | None:
    """In percent; None where a result is chosen, of which all or none passed."""
    return 100.0 * passed / (passed + failed) if passed + failed and "result" not in query.filters else None


_JOBS = f"""
    count(*) AS jobs,
    count(*) FILTER (WHERE result = 'passed') AS passed,
    count(*) FILTER (WHERE {FAILED}) AS failed
"""
_TOTALS = f"""
    SELECT {_JOBS}, avg(duration) FILTER (WHERE {{counts}}) AS average_duration FROM job WHERE {{jobs}}
"""  # noqa: S608 - fixed text only
_QUARTILES = f"""
    SELECT {percentiles("duration", "", QUARTILES)} FROM job WHERE {{timed}}
"""  # noqa: S608 - fixed text only
_COMPARED = """
    SELECT count(*) AS builds
    FROM (SELECT DISTINCT provider, instance, build_id FROM job WHERE {timed}) AS builds
"""
_SOME_COMPARED = """
    SELECT count(*) AS builds FROM (
        SELECT DISTINCT provider, instance, build_id
        FROM (SELECT provider, instance, build_id FROM job WHERE {timed} LIMIT $most) AS jobs
    ) AS builds
"""
_SPREAD = f"""
    SELECT {percentiles("duration", "{counts}", {**QUARTILES, "p95": 0.95})},
           percentile_cont(0.5) WITHIN GROUP (ORDER BY queue_time) AS queue_median
    FROM job WHERE {{jobs}}
"""  # noqa: S608 - fixed text only
_BUILDS = """
    SELECT count(*) AS builds
    FROM (SELECT DISTINCT provider, instance, build_id FROM build WHERE {builds}) AS builds
"""
_LATEST = """
    SELECT duration, finished_at FROM job
    WHERE {before} AND {counts}
    ORDER BY finished_at DESC, job_key DESC LIMIT 1
"""
