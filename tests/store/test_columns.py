"""What cannot be stored is refused when the program starts, never dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from buildtimetrend.model import Result, Step, Worker
from buildtimetrend.store import columns
from buildtimetrend.store.columns import Columns


@dataclass(frozen=True)
class Plain:
    id: str
    note: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deep:
    inner: Plain | None = None


@dataclass(frozen=True)
class Deeper:
    deep: Deep = Deep()


@dataclass(frozen=True)
class Several:
    workers: tuple[Worker, ...] = ()


@dataclass(frozen=True)
class Facts:
    id: str
    facts: Mapping[str, str] = field(default_factory=dict)


def test_a_new_field_is_stored_in_details_and_read_from_there() -> None:
    columns = Columns(Plain, {"id": "id"})
    assert columns.names == ["id", "details"]
    value = Plain("1", "new", ("a", "b"))
    row = dict(zip(columns.names, columns.row(value), strict=True))
    assert Plain(**columns.fields(row)) == value
    assert Plain(**columns.fields({"id": "2", "details": None})) == Plain("2")


def test_a_noun_within_may_be_none() -> None:
    columns = Columns(Deep, {})
    for value in (Deep(), Deep(Plain("1")), Deep(Plain("1", "n", ("a",)))):
        row = dict(zip(columns.names, columns.row(value), strict=True))
        assert Deep(**columns.fields(row)) == value


@pytest.mark.parametrize(("noun", "name"), [(Deeper, "deep"), (Several, "workers"), (Facts, "facts")])
def test_what_has_no_columns_is_refused_by_its_name(noun: type, name: str) -> None:
    with pytest.raises(TypeError, match=name):
        Columns(noun, {"id": "id"})


def test_a_field_of_a_table_without_details_needs_a_column() -> None:
    with pytest.raises(TypeError, match="Plain has no column for note"):
        Columns(Plain, {"id": "id"}, details=False)


def test_rows_made_a_column_at_a_time_are_those_made_one_by_one() -> None:
    steps = [
        Step("build", "script", "make", 0, 1),
        Step("odd \ud800", "script\0", None, 0, 1, depth=2, result=Result.PASSED, number=2**63),
        Step("", "", "", 0, 1, result=None, number=7),
    ]
    assert [*map(list, zip(*columns.STEP.by_column(steps), strict=True))] == [*map(columns.STEP.row, steps)]
    assert not any(columns.STEP.by_column([]))
