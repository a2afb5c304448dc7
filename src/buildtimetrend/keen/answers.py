"""Rows in the shapes of Keen's answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from buildtimetrend.keen.language import times
from buildtimetrend.keen.language.documents import Json, canonical, number
from buildtimetrend.keen.language.query import Query
from buildtimetrend.keen.sql.statements import MOST_ROWS, Asked, too_many
from buildtimetrend.model import Value
from buildtimetrend.store.base import Table

Group: TypeAlias = tuple[Value, ...]  # keys of the columns that are grouped by
Figures: TypeAlias = dict[str, Json]  # by label

_EMPTY: Mapping[str, Any] = {"count": 0, "count_unique": 0, "sum": 0}


class Answer:
    """Collects what statements found, and shapes it."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._cells: dict[int, dict[Group, Figures]] = defaultdict(dict)  # by bucket
        self._groups: dict[Group, Figures] = {}  # their values by alias
        self._blanks: dict[Group, Figures] = {}
        self._empty: Figures = {
            measure.label: [] if measure.kind == "select_unique" else _EMPTY.get(measure.kind)
            for measure in query.measures
        }

    def add_figures(self, asked: Asked, found: Table) -> None:
        labels = [measure.label for measure in asked.measures]
        for figures, values in self._rows(asked, found):
            for label, value in zip(labels, values, strict=True):
                if value is not None:
                    figures[label] = number(value)

    def add_uniques(self, asked: Asked, found: Table) -> None:
        (measure,), (target,) = asked.measures, asked.targets
        assert target is not None
        lists = []
        for figures, (key,) in self._rows(asked, found):
            value = _plain(target.value(key))
            if value is not None:
                figures[measure.label].append(value)
                lists.append(figures[measure.label])
        for values in {id(each): each for each in lists}.values():
            values.sort(key=_rank)

    def result(self) -> Json:
        buckets = self._query.buckets
        # The same rows for all buckets that lack them: there may be thousands.
        self._blanks = {group: {**values, **self._empty} for group, values in self._groups.items()}
        order = sorted(self._groups, key=lambda group: [*map(_rank, self._groups[group].values())])
        if buckets is None:
            return self._of_bucket(0, order, zero_fill=False)
        zero_fill = self._query.zero_fill
        if zero_fill and len(buckets) * len(order) > MOST_ROWS:
            raise too_many()
        return [
            {
                "timeframe": {
                    "start": times.text(span.since, buckets.zone),
                    "end": times.text(span.until, buckets.zone),
                },
                "value": self._of_bucket(n, order, zero_fill=zero_fill),
            }
            for n, span in enumerate(buckets.clipped())
        ]

    def _of_bucket(self, bucket: int, order: Sequence[Group], *, zero_fill: bool) -> Json:
        query, cells, empty = self._query, self._cells.get(bucket, {}), self._empty
        if not query.groups:
            figures = cells.get((), empty)
            return figures if query.multiple else figures["result"]
        listed = [
            {**self._groups[group], **cells[group]} if group in cells else self._blanks[group]
            for group in order
            if zero_fill or group in cells
        ]
        for by in reversed(query.orders):
            listed.sort(key=lambda row, name=by.by: _rank(row[name]), reverse=by.descending)  # type: ignore[misc]
        return listed[: query.limit]

    def _rows(self, asked: Asked, found: Table) -> Iterator[tuple[Figures, Sequence[Any]]]:
        """The figures of each row's bucket and group, to be filled in, and what was found for them."""
        columns: dict[str, list[Any]] = found
        size = len(columns["m0"])
        if size > MOST_ROWS:
            raise too_many()
        buckets = columns["bucket"] if self._query.buckets else [0] * size
        keys = [columns[f"g{n}"] for n in range(len(asked.groups))]
        measures = [columns[f"m{n}"] for n in range(len(asked.measures))]
        for bucket, group, values in zip(
            buckets,
            zip(*keys, strict=True) if keys else [()] * size,
            zip(*measures, strict=True),
            strict=True,
        ):
            if group not in self._groups:
                self._groups[group] = self._told(asked, group)
            yield self._cells[bucket].setdefault(group, self._none()), values

    def _none(self) -> Figures:
        return {label: [] if isinstance(value, list) else value for label, value in self._empty.items()}

    def _told(self, asked: Asked, group: Group) -> Figures:
        values = (_plain(column.value(key)) for column, key in zip(asked.groups, group, strict=True))
        return dict(zip((each.alias for each in self._query.groups), values, strict=True))


def _plain(value: Json) -> Json:
    return number(value) if isinstance(value, float) else value


def _rank(value: Json) -> tuple[int, Any]:
    """Sorts values of all types: nothing, then truths, numbers, texts, and the rest as JSON."""
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 1, value
    if isinstance(value, (int, float)):
        return 2, value
    return (3, value) if isinstance(value, str) else (4, canonical(value))
