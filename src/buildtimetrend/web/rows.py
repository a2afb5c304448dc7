"""Tables of the store, which are columns, as the rows that answers and pages list."""

from __future__ import annotations

from typing import Any

from buildtimetrend.store.base import Table


def rows(table: Table) -> list[dict[str, Any]]:
    names = list(table)
    return [dict(zip(names, values, strict=True)) for values in zip(*table.values(), strict=True)]
