"""Deliveries, tasks and imports, written inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from buildtimetrend.store.rows import DELIVERY, IMPORT, TASK, Row

_TYPES = {"received_at": "TIMESTAMPTZ", "created_at": "TIMESTAMPTZ"}


class Work:
    """For the writing thread alone."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._task_rows = cursor.appender("task", columns=TASK, action="upsert")
        self._import_rows = cursor.appender("import", columns=IMPORT, action="upsert")

    def reload(self) -> None:
        """Forget what a rolled back transaction left in memory."""
        self._task_rows.clear()
        self._import_rows.clear()

    def put_tasks(self, rows: Sequence[Row]) -> None:
        """Store tasks, or their new state; each at most once."""
        if rows:
            self._task_rows.append_rows(rows)
            self._task_rows.flush()

    def put_imports(self, rows: Sequence[Row]) -> None:
        if rows:
            self._import_rows.append_rows(rows)
            self._import_rows.flush()

    def add_deliveries(self, rows: Sequence[Row]) -> set[str]:
        """Store deliveries with an id that is not stored yet; those ids."""
        if not rows:
            return set()
        columns = dict(zip(DELIVERY, map(list, zip(*rows, strict=True)), strict=True))
        new = self._cursor.execute(_ADD_DELIVERIES, columns).fetchall()
        return {str(row[0]) for row in new}

    def prune(self, before: datetime) -> int:
        """Drop finished tasks and deliveries from before then, and imports that are left without tasks."""
        return sum(self._cursor.execute(sql, {"before": before}).fetchall()[0][0] for sql in _PRUNE)


_ADD_DELIVERIES = f"""
    INSERT INTO delivery ({", ".join(DELIVERY)})
    SELECT {", ".join(f"unnest(CAST(${name} AS {_TYPES.get(name, 'TEXT')}[]))" for name in DELIVERY)}
    ON CONFLICT (id) DO NOTHING RETURNING id
"""
_PRUNE = (
    "DELETE FROM task WHERE finished_at < $before",
    "DELETE FROM delivery WHERE received_at < $before",
    """
    DELETE FROM import
    WHERE created_at < $before AND NOT EXISTS (SELECT 1 FROM task WHERE task.import_id = import.id)
    """,
)
