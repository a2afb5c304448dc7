"""Summing up what filters can be set to, by week: statements of every engine, beside those about steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from buildtimetrend.filters import FILTERS
from buildtimetrend.model import Value
from buildtimetrend.store.base import Statement
from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.reads.choices import columns_asked
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.writing.changed_days import WEEK, day_at


def summing(repo_id: int, weeks: Sequence[int]) -> Iterator[Statement]:
    """Of these weeks, which are in order, anew and whole: as much of the last one as there is."""
    names, given = named("week", weeks)
    of_weeks: dict[str, Value] = {"repo_id": repo_id, **given}
    yield _FORGET.replace("{weeks}", names), of_weeks
    bounds = {"since": day_at(weeks[0] * WEEK), "until": day_at((weeks[-1] + 1) * WEEK)}
    for sql in (_sums("build"), _sums("job")):
        yield sql.replace("{weeks}", names), of_weeks | bounds


def _sums(table: Literal["build", "job"]) -> str:
    """Of a filter that has no column here nothing is kept: then choices are asked of the rows."""
    asked = {
        FILTERS[name].columns["choice_week"]: column
        for name, column in columns_asked(table).items()
        if "choice_week" in FILTERS[name].columns
    }
    kept, read = (", ".join(f'"{column}"' for column in columns) for columns in (asked, asked.values()))
    sets = ", ".join(f'(repo_id, week, "{column}")' for column in asked.values())
    return f"""
        INSERT INTO choice_week (repo_id, week, {kept}) SELECT repo_id, week, {read}
        FROM (
            SELECT repo_id, {_WEEK} AS week, {read} FROM {table}
            WHERE repo_id = $repo_id AND finished_at >= $since AND finished_at < $until
              AND {_WEEK} IN ({{weeks}}) AND result IS NOT NULL
        ) AS ended
        GROUP BY GROUPING SETS ({sets})
    """  # noqa: S608 - fixed text and names out of the table of filters


_WEEK = number_of("finished_at", "604800")
_FORGET = "DELETE FROM choice_week WHERE repo_id = $repo_id AND week IN ({weeks})"
