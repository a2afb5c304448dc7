"""Figures of a repo's builds in a range: how long they took, how long they waited, how many passed."""

from __future__ import annotations

from typing import Any

from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.figures import changed_median, previous_range, success_rate
from buildtimetrend.store.reads.filters import FAILED, ask
from buildtimetrend.store.reads.last_attempts import BUILD, LAST_ATTEMPTS
from buildtimetrend.store.reads.spread import QUARTILES, p50, p95, percentiles


def build_figures(store: Store, query: Query) -> dict[str, Value]:
    """Of builds, each by its last attempt in the range; durations in seconds, shares in percent.

    `builds`, of which `passed`, `failed` (errored too) and `canceled`; `success_rate` leaves canceled and
    skipped ones out. `median` and `p95` are of the wall time of the `timed` ones that passed, failed or
    errored; `previous_median` of the `previous_timed` in the range of the same length before, `change` and
    `change_verdict` as in `totals`. `waited_median` and `waited_p95` are of the longest wait of a build's
    jobs, of the `waited` builds where it is known; `jobs` and their `job_time` are of all attempts.
    """
    found = _one(store, query, _BUILDS)
    before = _one(store, previous_range(query), _BEFORE)
    previous = {"previous_timed": before["timed"], "previous_median": before["median"]}
    change = changed_median(query, (found, found["timed"]), (before, before["timed"]))
    return {
        **{name: value for name, value in found.items() if name not in ("low", "high")},
        **previous,
        **_one(store, query, _WAITS),
        **_one(store, query, _JOBS),
        "success_rate": success_rate(query, found["passed"], found["failed"]),
        "change": change.percent,
        "change_verdict": change.verdict,
    }


def _one(store: Store, query: Query, sql: str) -> dict[str, Any]:
    return rows(ask(store, query, sql))[0]


_BUILDS = f"""
    {LAST_ATTEMPTS}
    SELECT count(*) AS builds, count(*) FILTER (WHERE result = 'passed') AS passed,
           count(*) FILTER (WHERE {FAILED}) AS failed,
           count(*) FILTER (WHERE result = 'canceled') AS canceled,
           count(*) FILTER (WHERE {{counts}}) AS timed,
           {percentiles("duration", "{counts}", {**QUARTILES, "p95": 0.95})}
    FROM last_attempts
"""  # noqa: S608 - fixed text only
_BEFORE = f"""
    {LAST_ATTEMPTS}
    SELECT count(*) FILTER (WHERE {{counts}}) AS timed, {percentiles("duration", "{counts}", QUARTILES)}
    FROM last_attempts
"""  # noqa: S608 - fixed text only
_WAITS = f"""
    SELECT count(*) AS waited, {p50("longest")} AS waited_median, {p95("longest")} AS waited_p95
    FROM (
        SELECT max(queue_time) AS longest FROM job WHERE {{jobs}} AND queue_time IS NOT NULL
        GROUP BY {BUILD}, attempt
    ) AS waits
"""  # noqa: S608 - fixed text only
_JOBS = "SELECT count(*) AS jobs, coalesce(sum(duration), 0.0) AS job_time FROM job WHERE {jobs}"
