"""What a week was like in each repo, beside the weeks before."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from buildtimetrend import json_text
from buildtimetrend.store.base import Store, rows

_BUILDS = """
    SELECT b.repo_id, r.slug AS repo,
        count(*) FILTER (WHERE finished_at >= $since) AS builds,
        count(*) FILTER (WHERE finished_at >= $since AND result = 'passed') AS passed,
        count(*) FILTER (WHERE finished_at < $since AND result = 'passed') AS passed_before,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY duration)
            FILTER (WHERE finished_at >= $since AND result = 'passed') AS duration,
        percentile_cont(0.25) WITHIN GROUP (ORDER BY duration)
            FILTER (WHERE finished_at >= $since AND result = 'passed') AS low,
        percentile_cont(0.75) WITHIN GROUP (ORDER BY duration)
            FILTER (WHERE finished_at >= $since AND result = 'passed') AS high,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY duration)
            FILTER (WHERE finished_at < $since AND result = 'passed') AS duration_before,
        percentile_cont(0.25) WITHIN GROUP (ORDER BY duration)
            FILTER (WHERE finished_at < $since AND result = 'passed') AS low_before,
        percentile_cont(0.75) WITHIN GROUP (ORDER BY duration)
            FILTER (WHERE finished_at < $since AND result = 'passed') AS high_before
    FROM build b JOIN repo r ON r.id = b.repo_id
    WHERE finished_at >= $before AND finished_at < $until
    GROUP BY b.repo_id, r.slug
"""
_JOBS = """
    SELECT repo_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY queue_time) AS queue_time,
        sum(duration) AS worker_time
    FROM job WHERE finished_at >= $since AND finished_at < $until
    GROUP BY repo_id
"""
_OPEN = """
    SELECT f.repo_id, count(*) AS open FROM finding f JOIN alert a ON a.finding = f.id
    WHERE a.state IN ('open', 'acknowledged') AND f.withdrawn_at IS NULL
    GROUP BY f.repo_id
"""
# Of what is muted, or accepted, nothing more is told.
_TOLD = "withdrawn_at IS NULL AND (a.state IS NULL OR a.state NOT IN ('muted', 'wont_fix'))"
_FLAKY = f"""
    SELECT f.repo_id, document FROM finding f LEFT JOIN alert a ON a.finding = f.id
    WHERE what = 'flaky' AND over_at IS NULL AND {_TOLD}
    ORDER BY f.repo_id, since_at, f.id
"""  # noqa: S608
_MOVED = f"""
    SELECT f.repo_id, document, over_at IS NULL AND last_at >= $since AS goes_on
    FROM finding f LEFT JOIN alert a ON a.finding = f.id
    WHERE seconds > 0 AND since_at < $until AND (over_at IS NULL OR over_at >= $since) AND {_TOLD}
    ORDER BY f.repo_id, since_at, f.id
"""  # noqa: S608


def weeks(store: Store, before: datetime, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Of the repos of which builds ended in [since, until): `builds`, those that `passed`, and of these the
    median `duration` (s) and its quartiles `low` and `high`, with the same of [before, since) as
    `…_before`; of their jobs the median `queue_time` and the sum of durations as `worker_time` (s); and how
    many findings are `open`, the sentences of jobs that are `flaky`, and the documents of what was `slower`
    in that week; of these once more those that `grew` in it: what comes little by little is not over, and
    the last of it came in the week, or later.
    """
    bounds = {"since": since, "until": until}
    jobs = {row["repo_id"]: row for row in rows(store.select(_JOBS, bounds))}
    still = {row["repo_id"]: row["open"] for row in rows(store.select(_OPEN))}
    flaky: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows(store.select(_FLAKY)):
        flaky[row["repo_id"]].append(json_text.loads(row["document"])["sentence"])
    slower: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    grew: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(store.select(_MOVED, bounds)):
        finding = json_text.loads(row["document"])
        slower[row["repo_id"]].append(finding)
        if row["goes_on"] and finding.get("gradual"):
            grew[row["repo_id"]].append(finding)
    nothing = {"queue_time": None, "worker_time": None}
    return [
        row
        | nothing
        | jobs.get(row["repo_id"], {})
        | {"open": still.get(row["repo_id"], 0), "flaky": flaky[row["repo_id"]]}
        | {"slower": slower[row["repo_id"]], "grew": grew[row["repo_id"]]}
        for row in rows(store.select(_BUILDS, {**bounds, "before": before}))
        if row["builds"]
    ]
