"""Summing up builds and jobs by week: statements of every engine, beside those about steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from buildtimetrend.filters import FILTERS, of_table
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement
from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.reads.choices import columns_asked
from buildtimetrend.store.reads.filters import DECIDED
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.writing.changed_days import WEEK, day_at


def summing(repo_id: int, weeks: Sequence[int]) -> Iterator[Statement]:
    """Of these weeks, which are in order, anew and whole: as much of the last one as there is."""
    names, given = named("week", weeks)
    of_weeks: dict[str, Value] = {"repo_id": repo_id, **given}
    for table in ("choice_week", "job_week"):
        yield _FORGET.replace("{table}", table).replace("{weeks}", names), of_weeks
    bounds = {"since": day_at(weeks[0] * WEEK), "until": day_at((weeks[-1] + 1) * WEEK)}
    for sql in (_choices("build"), _choices("job"), _jobs()):
        yield sql.replace("{weeks}", names), of_weeks | bounds


def _choices(table: Literal["build", "job"]) -> str:
    """Of a filter that has no column here nothing is kept: then choices are asked of the rows."""
    asked = {
        FILTERS[name].columns["choice_week"]: column
        for name, column in columns_asked(table).items()
        if "choice_week" in FILTERS[name].columns
    }
    sets = ", ".join(f'(repo_id, week, "{column}")' for column in asked.values())
    return f"""
        INSERT INTO choice_week (repo_id, week, {_list(asked)}) SELECT repo_id, week, {_list(asked.values())}
        {_ended(table, asked.values())} GROUP BY GROUPING SETS ({sets})
    """


def _jobs() -> str:
    """By all that counts of them may be filtered by."""
    kept = {row.columns["job_week"]: row.columns["job"] for row in of_table("job_week")}
    return f"""
        INSERT INTO job_week (repo_id, week, jobs, {_list(kept)})
        SELECT repo_id, week, count(*), {_list(kept.values())}
        {_ended("job", kept.values(), f"AND duration IS NOT NULL AND {DECIDED}")}
        GROUP BY repo_id, week, {_list(kept.values())}
    """


def _ended(table: str, columns: Iterable[str], condition: str = "") -> str:
    return f"""
        FROM (
            SELECT repo_id, {_WEEK} AS week, {_list(columns)} FROM {table}
            WHERE repo_id = $repo_id AND finished_at >= $since AND finished_at < $until
              AND {_WEEK} IN ({{weeks}}) AND result IS NOT NULL {condition}
        ) AS ended
    """  # noqa: S608 - fixed text and names out of the table of filters


def _list(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


_WEEK = number_of("finished_at", "604800")
_FORGET = "DELETE FROM {table} WHERE repo_id = $repo_id AND week IN ({weeks})"
