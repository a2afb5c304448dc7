"""Rows in the shapes of Keen's answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

from buildtimetrend.keen import times
from buildtimetrend.keen.documents import Json, canonical, number
from buildtimetrend.keen.query import Query
from buildtimetrend.keen.statements import MOST_ROWS, Asked, too_many
from buildtimetrend.store.base import Table

Group: TypeAlias = tuple[str, ...]  # the canonical JSON of its values
Cells: TypeAlias = dict[int, dict[Group, dict[str, Json]]]  # figures by label, by bucket and group

_EMPTY: Mapping[str, Any] = {"count": 0, "count_unique": 0, "sum": 0}


class Answer:
    """Collects what statements found, and shapes it."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._cells: Cells = defaultdict(dict)
        self._values: dict[Group, list[Json]] = {}
        self._empty: dict[str, Json] = {
            measure.label: [] if measure.kind == "select_unique" else _EMPTY.get(measure.kind)
            for measure in query.measures
        }

    def add_figures(self, asked: Asked, found: Table) -> None:
        labels = [measure.label for measure in asked.measures]
        for bucket, group, values in self._rows(asked, found):
            figures = self._figures(bucket, group)
            for label, value in zip(labels, values, strict=True):
                figures[label] = self._empty[label] if value is None else number(value)

    def add_uniques(self, asked: Asked, found: Table) -> None:
        (measure,), (target,) = asked.measures, asked.targets
        assert target is not None
        for bucket, group, (key,) in self._rows(asked, found):
            values = self._figures(bucket, group)[measure.label]
            value = _plain(target.value(key))
            if value is not None:
                values.append(value)
        for figures in (figures for groups in self._cells.values() for figures in groups.values()):
            figures[measure.label].sort(key=_rank)

    def result(self) -> Json:
        query = self._query
        buckets = query.buckets
        if buckets is None:
            return self._of_bucket(0, zero_fill=False)
        if query.groups and query.zero_fill and len(buckets) * len(self._values) > MOST_ROWS:
            raise too_many()
        return [
            {
                "timeframe": {
                    "start": times.text(span.since, buckets.zone),
                    "end": times.text(span.until, buckets.zone),
                },
                "value": self._of_bucket(n, zero_fill=query.zero_fill),
            }
            for n, span in enumerate(buckets.clipped())
        ]

    def _of_bucket(self, bucket: int, *, zero_fill: bool) -> Json:
        query, cells = self._query, self._cells.get(bucket, {})
        if not query.groups:
            return self._shown(cells.get((), self._empty))
        groups: Iterable[Group] = self._values if zero_fill else cells
        listed = []
        for group in sorted(groups, key=lambda group: [_rank(value) for value in self._values[group]]):
            figures = cells.get(group, self._empty)
            names = (each.alias for each in query.groups)
            listed.append({**dict(zip(names, self._values[group], strict=True)), **figures})
        for order in reversed(query.orders):
            listed.sort(key=lambda row, by=order.by: _rank(row[by]), reverse=order.descending)  # type: ignore[misc]
        return listed[: query.limit]

    def _shown(self, figures: Mapping[str, Json]) -> Json:
        return dict(figures) if self._query.multiple else figures["result"]

    def _figures(self, bucket: int, group: Sequence[Json]) -> dict[str, Json]:
        key = tuple(canonical(value) for value in group)
        self._values.setdefault(key, list(group))
        return self._cells[bucket].setdefault(key, deepcopy(self._empty))

    def _rows(self, asked: Asked, found: Table) -> Iterable[tuple[int, list[Json], Sequence[Any]]]:
        columns: dict[str, list[Any]] = found
        size = len(columns["m0"])
        if size > MOST_ROWS:
            raise too_many()
        buckets = columns["bucket"] if self._query.buckets else [0] * size
        groups = [
            [_plain(column.value(key)) for key in columns[f"g{n}"]] for n, column in enumerate(asked.groups)
        ]
        measures = [columns[f"m{n}"] for n in range(len(asked.measures))]
        for n, bucket in enumerate(buckets):
            yield bucket, [values[n] for values in groups], [values[n] for values in measures]


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
