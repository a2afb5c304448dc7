"""A plugin of pytest that adds filters that there are not: `-p tests.filters.made_up`.

It is loaded before anything that reads the table. It leaves out tests of one other filter, and of other
engines: the run that started this one has them.
"""

from __future__ import annotations

import pytest

from buildtimetrend import filters

_ENGINES = {"duckdb", "postgres", "citus", "push"}  # as in tests.store.engines, which reads the table

MADE_UP = (
    filters.Filter(
        name="os",
        parameter="filter_os",
        label="operating system",
        help="operating system that the job ran on",
        columns={"job": "os"},
    ),
    filters.Filter(
        name="author",
        parameter="filter_author",
        label="author",
        help="who wrote the commit",
        columns={"build": "author"},
    ),
)
filters.FILTERS = {**filters.FILTERS, **{row.name: row for row in MADE_UP}}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = [item for item in items if _is_chosen(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def _is_chosen(item: pytest.Item) -> bool:
    """`row` and `name` are a filter and the name of one, as these tests call them."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    of = parameters.get("row", parameters.get("name"))
    name = of.name if isinstance(of, filters.Filter) else of
    engines = _ENGINES & {value for value in parameters.values() if isinstance(value, str)}
    return name in {None, *(row.name for row in MADE_UP)} and engines <= {"duckdb"}
