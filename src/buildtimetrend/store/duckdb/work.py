"""Deliveries, tasks and imports, written inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb

from buildtimetrend.store.base import Part, Statement
from buildtimetrend.store.rows import DELIVERY, IMPORT, OUTBOX, TASK, Row
from buildtimetrend.store.statements import claims


class Work:
    """For the writing thread alone."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._new_task_rows = cursor.appender("task", columns=TASK)
        self._task_rows = cursor.appender("task", columns=TASK, action="upsert")
        self._delivery_rows = cursor.appender("delivery", columns=DELIVERY)
        self._outbox_rows = cursor.appender("keen_outbox", columns=OUTBOX, action="upsert")
        self._import_rows = cursor.appender("import", columns=IMPORT, action="upsert")
        self._appenders = (
            self._new_task_rows, self._task_rows, self._delivery_rows, self._outbox_rows, self._import_rows,
        )  # fmt: skip

    def reload(self) -> None:
        """Forget what a rolled back transaction left in memory."""
        for rows in self._appenders:
            rows.clear()

    def add_tasks(self, rows: Sequence[Row]) -> None:
        """Store tasks whose ids are new, which is cheaper than to find out."""
        if rows:
            self._new_task_rows.append_rows(rows)
            self._new_task_rows.flush()

    def put_tasks(self, rows: Sequence[Row]) -> None:
        """Store tasks, or their new state; each at most once."""
        if rows:
            self._task_rows.append_rows(rows)
            self._task_rows.flush()

    def put_imports(self, rows: Sequence[Row]) -> None:
        if rows:
            self._import_rows.append_rows(rows)
            self._import_rows.flush()

    def put_outbox(self, rows: Sequence[Row]) -> None:
        if rows:
            self._outbox_rows.append_rows(rows)
            self._outbox_rows.flush()

    def add_deliveries(self, rows: Sequence[Row]) -> set[str]:
        """Store deliveries with an id that is not stored yet; those ids."""
        if not rows:
            return set()
        known = {row[0] for row in self._cursor.execute(_KNOWN, {"ids": [row[0] for row in rows]}).fetchall()}
        new = [row for row in rows if row[0] not in known]
        if new:
            self._delivery_rows.append_rows(new)
            self._delivery_rows.flush()
        return {str(row[0]) for row in new}

    def append(self, parts: Iterable[Part]) -> int:
        number = 0
        for name, table in parts:
            rows = list(zip(*table.values(), strict=True))
            appender = self._cursor.appender(name, columns=list(table))
            try:
                appender.append_rows(rows)
                appender.flush()
            except BaseException:
                appender.clear()
                raise
            number += len(rows)
        return number

    def run(self, statement: Statement) -> int:
        """How many rows it changed."""
        sql, params = statement
        return int(self._cursor.execute(sql, dict(params)).fetchall()[0][0])

    def unsent(self, now: datetime, sent_before: datetime, limit: int) -> list[str]:
        ids = self._ids(claims.unsent(now, sent_before, limit))
        mine = set(self._ids(claims.sent(ids, now, sent_before))) if ids else set()
        return [task_id for task_id in ids if task_id in mine]

    def prune(self, before: datetime) -> int:
        """Drop finished tasks and deliveries from before then, and imports that are left without tasks."""
        return sum(self._cursor.execute(sql, {"before": before}).fetchall()[0][0] for sql in claims.PRUNE)

    def _ids(self, statement: Statement) -> list[str]:
        sql, params = statement
        return [str(row[0]) for row in self._cursor.execute(sql, dict(params)).fetchall()]


_KNOWN = "SELECT id FROM delivery WHERE id IN (SELECT unnest($ids))"
