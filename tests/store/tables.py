from __future__ import annotations

from buildtimetrend.model import Value
from buildtimetrend.store.base import Table


def rows(table: Table) -> list[dict[str, Value]]:
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
