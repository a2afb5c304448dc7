"""What a failed write leaves in memory is not stored with the next one."""

from __future__ import annotations

from contextlib import closing

import duckdb
import pytest

from buildtimetrend.store.duckdb.connection import connect
from buildtimetrend.store.duckdb.work import Work
from buildtimetrend.store.rows import Row
from tests.store.examples import CI, at


def noted(id: str) -> Row:
    return id, "travis", CI, "1", "ann/tool", at(0)


def test_rows_for_the_outbox_are_forgotten_with_their_transaction() -> None:
    with closing(connect(None, None)) as connection:
        work = Work(connection)
        with pytest.raises(duckdb.InvalidInputException):
            work.put_outbox([noted("rolled back"), noted("no text \ud800")])
        work.reload()
        work.put_outbox([noted("kept")])
        assert connection.execute("SELECT id FROM keen_outbox").fetchall() == [("kept",)]
