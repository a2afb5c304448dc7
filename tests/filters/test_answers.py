"""Whatever is filtered by, an answer is that of the builds and jobs that pass, as if there were no others.

`made_up.py` adds filters to the table, and these tests find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend import charts
from buildtimetrend.charts.comparison import compare
from buildtimetrend.filters import FILTERS
from buildtimetrend.model import Query
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.compare import Side
from buildtimetrend.store.reads.step_parts import dropped_before, parts
from buildtimetrend.store.statements.summaries import summarise
from buildtimetrend.store.writing.changed_days import day_at
from tests.filters.conftest import store_all
from tests.filters.history import BEGIN, CHOSEN, NOW, REPO, VALUES, history
from tests.store.engines import EXECUTING, empty_store

EVERYTHING = Query(REPO, BEGIN, NOW, "week")
HALF = BEGIN + (NOW - BEGIN) / 2
# Of sums right to 1 %.
APPROXIMATE = {"p50", "p95"}
# What is about the whole build, whatever its jobs are filtered by; and numbers that each store makes.
OF_WHOLE_BUILDS, OF_STORES = {"job_time", "jobs"}, {"job_key"}

Passing = Callable[[str], Store]
every_filter = pytest.mark.parametrize("name", FILTERS)


def both(name: str, query: Query) -> tuple[Query, Query]:
    """The filtered question, and what it is of what passes. The result also says which durations count."""
    asked = query.filtered(**{name: CHOSEN[name]})
    return asked, asked if name == "result" else query


def alike(found: Any, expected: Any, error: float = 1e-9) -> bool:
    if isinstance(expected, Mapping):
        return set(found) == set(expected) and all(
            alike(found[key], value, 0.01 if key in APPROXIMATE else error) for key, value in expected.items()
        )
    if isinstance(expected, list | tuple):
        return len(found) == len(expected) and all(map(alike, found, expected, [error] * len(found)))
    if isinstance(expected, float):
        return bool(found == pytest.approx(expected, rel=error, abs=1e-6))
    return bool(found == expected)


def drawn(name: str, store: Store, query: Query) -> dict[str, Any]:
    return {
        column.name: column.values
        for column in charts.draw(name, store, query).columns
        if column.name != "job_time"
    }


def table(found: dict[str, Any], without: set[str]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in without} for row in rows(found)]


@every_filter
def test_every_chart_is_that_of_what_passes(store: Store, passing: Passing, name: str) -> None:
    asked, alone = both(name, EVERYTHING)
    for chart in charts.CHARTS:
        found = drawn(chart, store, asked)
        assert alike(found, drawn(chart, passing(name), alone)), chart
        assert not alike(found, drawn(chart, store, EVERYTHING)), chart


@every_filter
def test_every_table_and_figure_is_that_of_what_passes(store: Store, passing: Passing, name: str) -> None:
    asked, alone = both(name, EVERYTHING)
    few = passing(name)
    assert alike(reads.totals(store, asked), reads.totals(few, alone))
    assert alike(rows(reads.steps(store, asked, 50)), rows(reads.steps(few, alone, 50)))
    for tell, without in ((reads.jobs, OF_STORES), (reads.builds, OF_WHOLE_BUILDS)):
        found = table(tell(store, asked, 500, 0), without)
        assert found
        assert alike(found, table(tell(few, alone, 500, 0), without))
        assert len(found) < len(rows(tell(store, EVERYTHING, 500, 0)))
    badge = reads.badge_figures(store, REPO, BEGIN, NOW, {name: CHOSEN[name]})
    assert alike(badge, reads.badge_figures(few, REPO, BEGIN, NOW, alone.filters))


@every_filter
def test_a_comparison_is_one_of_what_passes(store: Store, passing: Passing, name: str) -> None:
    def compared(of: Store, query: Query) -> dict[str, Any]:
        return asdict(compare(of, Side(replace(query, until=HALF)), Side(replace(query, since=HALF))))

    asked, alone = both(name, EVERYTHING)
    found = compared(store, asked)
    assert found["a"]["timed"]
    assert alike(found, compared(passing(name), alone))


def test_two_filters_leave_what_passes_both(store: Store) -> None:
    names = list(FILTERS)
    for name, other in pairwise(names):
        asked = EVERYTHING.filtered(**{name: CHOSEN[name], other: CHOSEN[other]})
        expected = sum(
            all(VALUES[each](build, job) == CHOSEN[each] for each in (name, other))
            for build in history()
            for job in build.jobs
        )
        assert reads.totals(store, asked)["jobs"] == expected


def assert_all_can_be_chosen(store: Store) -> None:
    found = reads.choices(store, EVERYTHING)
    assert set(found) == set(FILTERS)
    for name, offered in found.items():
        values = {VALUES[name](build, job) for build in history() for job in build.jobs}
        expected = sorted(value for value in values if value)
        assert (sorted(offered) if name == "pipeline" else offered) == expected


def test_the_choices_of_every_filter_are_the_values_that_there_are(store: Store) -> None:
    assert_all_can_be_chosen(store)


def test_a_filter_that_there_is_not_is_an_error_and_no_answer(store: Store) -> None:
    with pytest.raises(KeyError, match="nothing"):
        reads.totals(store, EVERYTHING.filtered(nothing="x"))


@pytest.fixture(scope="module", params=EXECUTING)
def summed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The whole history, of which all days are summed up."""
    folder = tmp_path_factory.mktemp("summed")
    with empty_store(request.param, request, folder) as store:
        store_all(store)
        summarise(store, NOW + timedelta(days=1))
        yield store


def test_there_is_the_same_to_choose_from_once_weeks_are_summed_up(summed: Store) -> None:
    assert summed.select("SELECT count(*) AS rows FROM choice_week")["rows"] != [0]
    assert_all_can_be_chosen(summed)


def about_steps(store: Store, query: Query) -> list[Any]:
    found = [drawn(name, store, query) for name in ("steps", "slowest_steps")]
    return [*found, rows(reads.steps(store, query, 50))]


@every_filter
def test_sums_of_weeks_are_read_only_where_they_have_what_is_filtered_by(
    summed: Store, passing: Passing, name: str
) -> None:
    asked, alone = both(name, EVERYTHING)
    assert bool(parts(summed, EVERYTHING, by_bucket=True).weeks)
    assert bool(parts(summed, asked, by_bucket=True).weeks) is ("step_week" in FILTERS[name].columns)
    assert alike(about_steps(summed, asked), about_steps(passing(name), alone))


@pytest.mark.parametrize("engine", EXECUTING)
def test_dropped_steps_are_counted_only_where_their_sums_have_what_is_filtered_by(
    request: pytest.FixtureRequest, tmp_path: Path, passing: Passing, engine: str
) -> None:
    with empty_store(engine, request, tmp_path) as store:
        store_all(store)
        summarise(store, NOW + timedelta(days=1), keep_days=30)
        kept_from = day_at(dropped_before(store, reads.repo_id(store, REPO)))
        whole_days = replace(EVERYTHING, since=day_at(dropped_before(store, 1) - 35))
        assert BEGIN < whole_days.since < kept_from < NOW
        for name, row in FILTERS.items():
            asked, alone = both(name, whole_days)
            left = alone if "step_day" in row.columns else replace(alone, since=kept_from)
            found = rows(reads.steps(store, asked, 50))
            assert alike(found, rows(reads.steps(passing(name), left, 50))), name
