"""What the filters can be set to."""

from __future__ import annotations

from buildtimetrend.model import Query
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.filters import ask


def choices(store: Store, query: Query) -> dict[str, list[str]]:
    """The distinct values of each filter among the jobs that the query asks for, in order."""
    found = ask(store, query, _CHOICES)
    return {name: sorted({str(value) for value in values if value}) for name, values in found.items()}


# Each filter's values by themselves: there are several times as many combinations of them.
_CHOICES = """
    SELECT matrix AS build_matrix, result, "trigger", branch FROM job WHERE {jobs}
    GROUP BY GROUPING SETS ((matrix), (result), ("trigger"), (branch))
"""
