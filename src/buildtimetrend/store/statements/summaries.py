"""Summing up steps by day and week, and dropping those that are too old: statements that every engine runs.

A transaction is about a few days of one repo, so that it is short and, where an engine is spread over
machines, one machine's. It first takes the repo's turn: of several processes one sums up at a time. Marks are
taken off before the rows are looked at: a save that commits meanwhile leaves its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any

from buildtimetrend import filters
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement, Store
from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.reads.filters import DECIDED
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.step_bins import bin_of
from buildtimetrend.store.reads.step_parts import dropped_before
from buildtimetrend.store.schema import week_sums
from buildtimetrend.store.statements import build_paths, week_values
from buildtimetrend.store.writing.changed_days import WEEK, day_at, day_of

# Days of one transaction. Those of a busy repo have a hundred thousand steps; a small one costs its commits.
DAYS = 56
# That long after midnight a save that began before it has ended, and no more marks are to come from it.
LATEST = timedelta(minutes=10)


def summarise(
    store: Store, now: datetime, keep_days: int = 0, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Sum up the days that ended before now and have changed since they were; how many there were.

    With `keep_days` the steps of jobs that finished earlier than so many days ago are dropped, once they are
    in the summaries. Between two transactions it ends early once `stopped` says so.
    """
    today = day_of(now - LATEST)
    before = today - keep_days if keep_days else None
    changed = _changed(store, today)
    if before is not None:
        for repo_id, days in _undropped(store, before).items():
            changed[repo_id] = sorted({*changed.get(repo_id, ()), *days})
    count = 0
    for repo_id, days in changed.items():
        for part in _parts(days):
            if stopped():
                return count
            # Every earlier day with steps is in an earlier part, so that what is dropped ends with this one.
            drop_before = 0 if before is None else min(before, part[-1] + 1)
            _sum_up(store, repo_id, part, drop_before, now).result()
            count += len(part)
    return count + _catch_up(store, today, now, stopped)


def _catch_up(store: Store, today: int, now: datetime, stopped: Callable[[], bool]) -> int:
    """Keep what is kept now of what was stored before it was; of how many days."""
    count = 0
    found = store.select("SELECT DISTINCT repo_id, day FROM path_day WHERE day < $before", {"before": today})
    for repo_id, days in _by_repo(found).items():
        for part in _parts(days):
            if stopped():
                return count
            turn: Statement = (_TURN, {"repo_id": repo_id, "before": 0, "now": now})
            of_weeks = week_values.summing(repo_id, _weeks(part))
            store.execute([turn, *of_weeks, *build_paths.keeping(store, repo_id, part)]).result()
            count += len(part)
    return count


def _changed(store: Store, today: int) -> dict[int, list[int]]:
    sql = "SELECT DISTINCT repo_id, day FROM changed_day WHERE day < $before"
    return _by_repo(store.select(sql, {"before": today}))


def _undropped(store: Store, before: int) -> dict[int, list[int]]:
    return _by_repo(store.select(_UNDROPPED, {"until": day_at(before)}))


def _by_repo(found: dict[str, list[Any]]) -> dict[int, list[int]]:
    days: dict[int, list[int]] = {}
    for repo_id, day in sorted(zip(found["repo_id"], found["day"], strict=True)):
        days.setdefault(repo_id, []).append(day)
    return days


def _parts(days: Sequence[int]) -> Iterator[Sequence[int]]:
    return (days[first : first + DAYS] for first in range(0, len(days), DAYS))


def _weeks(days: Sequence[int]) -> list[int]:
    """Those that the days lie in, in order."""
    return sorted({day // WEEK for day in days})


def _sum_up(
    store: Store, repo_id: int, days: Sequence[int], drop_before: int, now: datetime
) -> Future[list[int]]:
    before = max(drop_before, dropped_before(store, repo_id))
    dropped = [day for day in days if day < before]
    return store.execute(
        [
            (_TURN, {"repo_id": repo_id, "before": before, "now": now}),
            _with("day", days, _UNMARK, repo_id=repo_id),
            *(_dropping(repo_id, dropped) if dropped else []),
            *_summing_weeks(repo_id, _weeks(days), before),
            *week_values.summing(repo_id, _weeks(days)),
            *build_paths.keeping(store, repo_id, days),
        ]
    )


def _dropping(repo_id: int, days: Sequence[int]) -> list[Statement]:
    """Of jobs, each once: one that is saved anew after its steps were dropped changes no summary."""
    return [
        _of_days(days, _NOTE_JOBS, repo_id),
        _of_days(days, _KEEP_DURATIONS, repo_id),
        (_SUM_JOBS, {"repo_id": repo_id, **_bounds(days)}),
        _of_days(days, _DROP, repo_id),
    ]


def _summing_weeks(repo_id: int, weeks: Sequence[int], before: int) -> list[Statement]:
    since = max(before, weeks[0] * WEEK)
    until = max(since, (weeks[-1] + 1) * WEEK)
    return [
        _with("week", weeks, _FORGET_WEEKS, repo_id=repo_id),
        _with("week", weeks, _SUM_WEEKS, repo_id=repo_id, since=day_at(since), until=day_at(until)),
        _with("week", weeks, _ADD_UP_WEEKS, repo_id=repo_id),
    ]


def removes_steps(statement: Statement) -> bool:
    """Whether it is one of those that drop steps."""
    return statement[0].startswith(_DROP_STEPS)


def _of_days(days: Sequence[int], sql: str, repo_id: int) -> Statement:
    return _with("day", days, sql, repo_id=repo_id, **_bounds(days))


def _bounds(days: Sequence[int]) -> dict[str, Value]:
    return {"since": day_at(days[0]), "until": day_at(days[-1] + 1)}


def _with(name: str, numbers: Sequence[int], sql: str, **params: Value) -> Statement:
    """The statement with the numbers in place of its `{days}` or `{weeks}`."""
    names, given = named(name, numbers)
    return sql.replace(f"{{{name}s}}", names), {**params, **given}


def _keys(sums: filters.Table, of: str = "") -> str:
    """Columns by which the sums of a day or a week are told apart, each with a comma before it."""
    prefix = f"{of}." if of else ""
    return "".join(f', {prefix}"{row.columns[sums]}"' for row in filters.of_table(sums))


def _read(sums: filters.Table, source: filters.Table) -> str:
    """The same out of what is summed up, by the names that the sums have for them."""
    return "".join(f', "{row.columns[source]}" AS "{row.columns[sums]}"' for row in filters.of_table(sums))


_DAY = number_of("finished_at", "86400")
_WEEK = number_of("finished_at", "604800")
# The bounds are for an engine's index; days between them may be others'.
_ENDED = f"""
    repo_id = $repo_id AND finished_at >= $since AND finished_at < $until AND {_DAY} IN ({{days}})
    AND result IS NOT NULL
"""
_SAME_JOB = """
    dropped_job.repo_id = $repo_id AND dropped_job.provider = job.provider
    AND dropped_job.instance = job.instance AND dropped_job.build_id = job.build_id
    AND dropped_job.attempt = job.attempt AND dropped_job.job_id = job.job_id
"""
_TURN = """
    INSERT INTO summary (repo_id, dropped_before, summarised_at) VALUES ($repo_id, $before, $now)
    ON CONFLICT (repo_id) DO UPDATE SET
        dropped_before = greatest(summary.dropped_before, excluded.dropped_before),
        summarised_at = excluded.summarised_at
"""
_UNDROPPED = f"""
    SELECT DISTINCT job.repo_id, {_DAY} AS day FROM job JOIN summary ON job.repo_id = summary.repo_id
    WHERE finished_at < $until AND {_DAY} >= dropped_before AND result IS NOT NULL
"""  # noqa: S608 - fixed text only
_UNMARK = "DELETE FROM changed_day WHERE repo_id = $repo_id AND day IN ({days})"
_FORGET_WEEKS = "DELETE FROM step_week WHERE repo_id = $repo_id AND week IN ({weeks})"
_DAY_KEYS, _WEEK_KEYS = _keys("step_day"), _keys("step_week")
_NOTE_JOBS = f"""
    INSERT INTO dropped_job (repo_id, provider, instance, build_id, attempt, job_id)
    SELECT repo_id, provider, instance, build_id, attempt, job_id FROM job
    WHERE {_ENDED} AND NOT EXISTS (SELECT 1 FROM dropped_job WHERE {_SAME_JOB})
      AND EXISTS (SELECT 1 FROM step WHERE step.repo_id = $repo_id AND step.job_key = job.job_key)
"""  # noqa: S608 - fixed text only
_NOTED = f"EXISTS (SELECT 1 FROM dropped_job WHERE {_SAME_JOB} AND seconds IS NULL)"  # noqa: S608 - fixed text only
_KEEP_DURATIONS = f"""
    INSERT INTO step_day (repo_id, key, day{_DAY_KEYS}, phase, runs, total, squares, durations)
    SELECT step.repo_id, step.key, day{_keys("step_day", "chosen")}, min(phase), count(*),
           sum(step.duration), sum(step.duration * step.duration), array_agg(step.duration)
    FROM step JOIN (
        SELECT job_key, {_DAY} AS day{_read("step_day", "job")} FROM job
        WHERE {_ENDED} AND duration IS NOT NULL AND {_NOTED}
    ) AS chosen ON step.job_key = chosen.job_key
    WHERE step.repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL
    GROUP BY step.repo_id, step.key, day{_keys("step_day", "chosen")}
"""  # noqa: S608 - fixed text only
_SUM_JOBS = f"""
    UPDATE dropped_job SET seconds = coalesce((
        SELECT sum(step.duration) FROM step JOIN job ON step.job_key = job.job_key
        WHERE step.repo_id = $repo_id AND job.repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL
          AND finished_at >= $since AND finished_at < $until AND {_SAME_JOB}
    ), 0)
    WHERE repo_id = $repo_id AND seconds IS NULL
"""  # noqa: S608 - fixed text only
_DROP_STEPS = "DELETE FROM step WHERE"
_DROP = f"""{_DROP_STEPS} repo_id = $repo_id AND job_key IN (
        SELECT job_key FROM job WHERE {_ENDED} AND EXISTS (SELECT 1 FROM dropped_job WHERE {_SAME_JOB})
    )
"""  # noqa: S608 - fixed text only
_WEEK_OF_DAY = f"CAST(floor(day / {WEEK}.0) AS INTEGER)"
_SUM_WEEKS = f"""
    INSERT INTO step_week (repo_id, week, key{_WEEK_KEYS}, phase, runs, total, squares, bins, counts, in_sum)
    SELECT repo_id, week, key{_WEEK_KEYS}, min(phase), CAST(sum(runs) AS BIGINT), sum(total), sum(squares),
           array_agg(bin ORDER BY bin), array_agg(runs ORDER BY bin),
           count(*) OVER (PARTITION BY repo_id, week, key) > 1
    FROM (
        SELECT repo_id, week, key{_WEEK_KEYS}, {bin_of("duration")} AS bin, min(phase) AS phase,
               count(*) AS runs, sum(duration) AS total, sum(duration * duration) AS squares
        FROM (
            SELECT step.repo_id, week, step.key{_keys("step_week", "chosen")}, phase, step.duration
            FROM step JOIN (
                SELECT job_key, {_WEEK} AS week{_read("step_week", "job")} FROM job
                WHERE repo_id = $repo_id AND finished_at >= $since AND finished_at < $until
                  AND {_WEEK} IN ({{weeks}}) AND duration IS NOT NULL AND {DECIDED}
            ) AS chosen ON step.job_key = chosen.job_key
            WHERE step.repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL
            UNION ALL
            SELECT repo_id, {_WEEK_OF_DAY} AS week, key{_read("step_week", "step_day")}, phase,
                   unnest(durations) AS duration
            FROM step_day
            WHERE repo_id = $repo_id AND {_WEEK_OF_DAY} IN ({{weeks}}) AND {DECIDED}
        ) AS each
        GROUP BY repo_id, week, key{_WEEK_KEYS}, bin
    ) AS binned
    GROUP BY repo_id, week, key{_WEEK_KEYS}
"""  # noqa: S608 - fixed text only
_ADD_UP_WEEKS = week_sums.ADD_UP.replace("{chosen}", "repo_id = $repo_id AND week IN ({weeks})")
