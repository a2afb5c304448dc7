"""A plugin of pytest that adds filters that there are not: `-p tests.filters.made_up`.

It is loaded before anything that reads the table.
"""

from __future__ import annotations

from buildtimetrend import filters

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
