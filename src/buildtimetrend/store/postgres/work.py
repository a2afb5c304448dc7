"""Deliveries, tasks and imports, written inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg

from buildtimetrend.store.base import Part, Statement
from buildtimetrend.store.postgres.parameters import bound
from buildtimetrend.store.postgres.rows import Rows
from buildtimetrend.store.postgres.silence import Connection
from buildtimetrend.store.rows import DELIVERY, IMPORT, OUTBOX, TASK, Row
from buildtimetrend.store.statements import claims


class Work:
    """For the writing thread alone.

    Rows of one statement are locked in the order of their ids, so that most writers do not get into each
    other's way. Those of several statements may: then the database rolls one back, and `Session` tries again.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new_task_rows = Rows(connection, "task", TASK)
        self._task_rows = Rows(connection, "task", TASK, _replacing(TASK))
        self._delivery_rows = Rows(
            connection, "delivery", DELIVERY, "ON CONFLICT (id) DO NOTHING RETURNING id"
        )
        self._outbox_rows = Rows(connection, "keen_outbox", OUTBOX, _replacing(OUTBOX))
        self._import_rows = Rows(connection, "import", IMPORT, _replacing(IMPORT))

    def add_tasks(self, rows: Sequence[Row]) -> None:
        """Store tasks whose ids are new, which is cheaper than to find out."""
        self._new_task_rows.insert(_in_order(rows))

    def put_tasks(self, rows: Sequence[Row]) -> None:
        """Store tasks, or their new state; each at most once."""
        self._task_rows.insert(_in_order(rows))

    def put_imports(self, rows: Sequence[Row]) -> None:
        self._import_rows.insert(_in_order(rows))

    def put_outbox(self, rows: Sequence[Row]) -> None:
        self._outbox_rows.insert(_in_order(rows))

    def add_deliveries(self, rows: Sequence[Row]) -> set[str]:
        """Store deliveries with an id that is not stored yet; those ids."""
        cursors = self._delivery_rows.insert(_in_order(rows))
        return {str(row[0]) for cursor in cursors for row in cursor.fetchall()}

    def append(self, parts: Iterable[Part]) -> int:
        number = last_key = 0
        for name, table in parts:
            names = ", ".join(f'"{column}"' for column in table)
            with self._connection.cursor().copy(f'COPY "{name}" ({names}) FROM STDIN') as copy:
                for row in zip(*table.values(), strict=True):
                    copy.write_row(row)
                    number += 1
            if name == "job":
                last_key = max(last_key, *table["job_key"])  # type: ignore[type-var, assignment]
            if name in ("repo", "repo_alias"):
                self._connection.execute(_REPOS_CHANGED)
        if last_key:
            self._connection.execute(_LAST_KEY, [last_key])
        return number

    def run(self, statement: Statement) -> int:
        """How many rows it changed."""
        with self._connection.pipeline():  # whose end waits for the answer
            cursor = self._execute(statement)
        return cursor.rowcount

    def unsent(self, now: datetime, sent_before: datetime, limit: int) -> list[str]:
        ids = self._ids(claims.unsent(now, sent_before, limit))
        mine = set(self._ids(claims.sent(ids, now, sent_before))) if ids else set()
        return [task_id for task_id in ids if task_id in mine]

    def prune(self, before: datetime) -> int:
        """Drop finished tasks and deliveries from before then, and imports that are left without tasks."""
        return sum(self.run((sql, {"before": before})) for sql in claims.PRUNE)

    def _ids(self, statement: Statement) -> list[str]:
        return [str(row[0]) for row in self._execute(statement).fetchall()]

    def _execute(self, statement: Statement) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._connection.execute(*bound(*statement))


_REPOS_CHANGED = "UPDATE repo_version SET version = version + 1"
_LAST_KEY = "SELECT setval('job_keys', greatest((SELECT last_value FROM job_keys), %s::bigint))"


def _in_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row[0]))


def _replacing(columns: Sequence[str]) -> str:
    new = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    return f"ON CONFLICT ({columns[0]}) DO UPDATE SET {new}"
