"""Sums over the steps of depth 0 of the jobs that a query asks for, out of what is read fastest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from buildtimetrend.model import Query, Value
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.buckets import number_of_day
from buildtimetrend.store.reads.filters import ask, conditions, of_part
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.spread import SHARES, p50, p95
from buildtimetrend.store.reads.step_bins import bin_of, percentiles
from buildtimetrend.store.reads.step_parts import Parts, from_parts
from buildtimetrend.store.reads.summed_weeks import in_ranges

NOTHING: Sequence[float | None] = (None, None)


def ask_sums(store: Store, query: Query, sql: str, *, by_bucket: bool = False, **params: Value) -> Table:
    """Answer SQL that `ask` would, with `{sums}` in the place of a table.

    Its columns are `bucket` (with `by_bucket` alone), `key`, `phase`, `runs`, `total` (s) and `squares`
    (s²); a key and bucket may have several rows, which are to be added up.
    """
    return from_parts(store, query, lambda found: _ask(store, query, sql, found, params), by_bucket=by_bucket)


def slowest(store: Store, query: Query, limit: int) -> Table:
    """Per step, by its key, ordered by the time that it took in all: `phase`, `runs`, and seconds.

    `whole` and `all_runs` are the seconds and runs of all steps. Counts and averages are exact; percentiles
    are where only rows are read, and else right to 1 %.
    """
    return from_parts(store, query, lambda found: _slowest(store, query, limit, found), by_bucket=False)


def _slowest(store: Store, query: Query, limit: int, found: Parts) -> Table:
    if found.only_rows:
        return ask(store, query, _SLOWEST, limit=limit)
    table = _ask(store, query, _RANKED, found, {"limit": limit})
    half, most = _percentiles(store, query, found, [str(key) for key in table["key"]])
    return {**table, "p50": half, "p95": most}


def _percentiles(store: Store, query: Query, found: Parts, keys: Sequence[str]) -> tuple[list[Value], ...]:
    chosen, given = named("key", keys)
    binned = _ask(store, query, _BINNED.replace("{keys}", chosen), found, given)
    counts: dict[Value, dict[int, int]] = {key: {} for key in keys}
    for key, number, runs in zip(*binned.values(), strict=True):
        counts[key][int(str(number))] = int(str(runs))
    # Between the two questions a build may have been saved anew: then a key may have no runs.
    of_keys = [percentiles(counts[key], SHARES) if counts[key] else NOTHING for key in keys]
    return tuple([of_key[place] for of_key in of_keys] for place in range(len(SHARES)))


def _ask(store: Store, query: Query, sql: str, found: Parts, params: dict[str, Value]) -> Table:
    for name, sources in _SOURCES.items():
        if name in sql:
            text, given = _union(query, sources, found)
            sql, params = sql.replace(name, text), {**params, **given}
    return ask(store, query, sql, **params)


def _union(query: Query, sources: _Sources, found: Parts) -> tuple[str, dict[str, Value]]:
    """The parts as one table, and the bounds of those that are rows."""
    timed = conditions(query)["timed"]
    texts = [sources.weeks.replace("{chosen}", in_ranges("week", found.weeks))] if found.weeks else []
    if found.days:
        texts.append(sources.days.replace("{chosen}", in_ranges("day", found.days)))
    given: dict[str, Value] = {}
    for number, bounds in enumerate(found.rows):
        chosen, ends = of_part(timed, number, bounds)
        given |= ends
        texts.append(sources.rows.replace("{timed}", chosen).replace("{part}", str(number)))
    union = " UNION ALL ".join(texts)
    for bucket, column in _BUCKETS.items():
        union = union.replace(bucket, column if found.by_bucket else "0")
    return f"({union})", given


class _Sources(NamedTuple):
    """SQL of each kind of part."""

    weeks: str
    days: str
    rows: str


_BUCKETS = {
    "{week's bucket}": "week",  # parts of weeks have no other
    "{day's bucket}": number_of_day(),
    "{row's bucket}": "{bucket}",
}
_OF_WEEKS = "FROM step_week WHERE repo_id = $repo_id AND ({chosen}){of_week}"
_OF_DAYS = "FROM step_day WHERE repo_id = $repo_id AND ({chosen}){of_day}"
# The last condition always holds, and tells the parts apart: DuckDB would read what they have in common, all
# steps, once for all of them.
_OF_ROWS = """
    FROM step JOIN (SELECT job_key, {row's bucket} AS bucket FROM job WHERE {timed}) AS chosen
        ON step.job_key = chosen.job_key
    WHERE repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL AND step.job_key > -{part}
"""
_SUMS_OF_ROWS = f"""
    SELECT bucket, key, min(phase) AS phase, count(*) AS runs, sum(step.duration) AS total,
           sum(step.duration * step.duration) AS squares
    {_OF_ROWS} GROUP BY bucket, key
"""
_BINS_OF_DAYS = f"""
    SELECT key, {bin_of("duration")} AS bin, count(*) AS runs
    FROM (SELECT key, unnest(durations) AS duration {_OF_DAYS}) AS kept GROUP BY 1, 2
"""  # noqa: S608 - fixed text only
_SOURCES = {
    "{sums}": _Sources(
        f"SELECT {{week's bucket}} AS bucket, key, phase, runs, total, squares {_OF_WEEKS}",
        f"SELECT {{day's bucket}} AS bucket, key, phase, runs, total, squares {_OF_DAYS}",
        _SUMS_OF_ROWS,
    ),
    "{binned}": _Sources(
        f"SELECT key, unnest(bins) AS bin, unnest(counts) AS runs {_OF_WEEKS}",
        _BINS_OF_DAYS,
        f"SELECT key, {bin_of('step.duration')} AS bin, count(*) AS runs {_OF_ROWS} GROUP BY 1, 2",
    ),
}
_SLOWEST = f"""
    SELECT key, phase, average, p50, p95, total, runs, squares, sum(total) OVER () AS whole,
           CAST(sum(runs) OVER () AS BIGINT) AS all_runs
    FROM (
        SELECT key, min(phase) AS phase, avg(step.duration) AS average,
               {p50("step.duration")} AS p50, {p95("step.duration")} AS p95,
               sum(step.duration) AS total, count(*) AS runs,
               sum(step.duration * step.duration) AS squares
        FROM step JOIN (SELECT job_key FROM job WHERE {{timed}}) AS chosen ON step.job_key = chosen.job_key
        WHERE repo_id = $repo_id AND depth = 0 AND step.duration IS NOT NULL
        GROUP BY key
    ) AS sums
    ORDER BY total DESC, key LIMIT $limit
"""  # noqa: S608 - fixed text only
_RANKED = """
    SELECT key, phase, total / runs AS average, total, runs, squares, sum(total) OVER () AS whole,
           CAST(sum(runs) OVER () AS BIGINT) AS all_runs
    FROM (
        SELECT key, min(phase) AS phase, sum(total) AS total, CAST(sum(runs) AS BIGINT) AS runs,
               sum(squares) AS squares
        FROM {sums} AS part GROUP BY key
    ) AS sums
    ORDER BY total DESC, key LIMIT $limit
"""
_BINNED = """
    SELECT key, bin, CAST(sum(runs) AS BIGINT) AS runs FROM {binned} AS part
    WHERE key IN ({keys}) GROUP BY key, bin
"""
