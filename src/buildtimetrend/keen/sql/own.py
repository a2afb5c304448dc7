"""The collections that clients write, as a `Source`."""

from __future__ import annotations

import orjson

from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.sql.columns import EVERY, Bind, Column
from buildtimetrend.model import Value

INSTANTS = {"keen.timestamp": "event.happened_at", "keen.created_at": "event.created_at"}


class OwnEvents:
    """Each property that is asked about is a join with its leaves."""

    at = "event.happened_at"
    spread = False

    def __init__(self, collection: str, bind: Bind) -> None:
        self._collection = bind(collection)
        self._bind = bind
        self._leaves: dict[str, str] = {}  # names of joined tables, by path

    def column(self, path: str) -> Column:
        if path in INSTANTS:
            sql = INSTANTS[path]
            return Column("TRUE", sql, times.iso, instant=sql)
        if path == "keen.id":
            return Column("TRUE", "event.id", text="event.id")
        if path == "keen":
            return EVERY
        leaf = self._leaves.setdefault(path, f"leaf{len(self._leaves)}")
        return Column(
            exists=f"{leaf}.id IS NOT NULL",
            key=f"{leaf}.literal",
            value=_parsed,
            number=f"{leaf}.number",
            text=f'{leaf}."text"',
            items=f"{leaf}.items",
            is_literal=True,
        )

    def once(self, sql: str, name: str) -> str:  # noqa: ARG002 - there are no fewer rows than events
        return sql

    def tables(self) -> str:
        joins = (
            f"LEFT JOIN keen_leaf AS {leaf} ON {leaf}.collection = {self._collection}"
            f" AND {leaf}.id = event.id AND {leaf}.path = {self._bind(path)}"
            for path, leaf in self._leaves.items()
        )
        return " ".join(["keen_event AS event", *joins])

    def conditions(self) -> list[str]:
        return [f"event.collection = {self._collection}"]


def _parsed(literal: Value) -> Json:
    return None if literal is None else orjson.loads(str(literal))
