"""Contract: rows in bulk, as one store is copied into another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Part, Store, Table
from tests.store.engines import ENGINES
from tests.store.examples import at, build, column, counts, delivery, task

OWNERS = [engine for engine in ENGINES if engine != "push"]
owners = pytest.mark.parametrize("url", OWNERS, indirect=True)

DELIVERIES: Table = {
    "id": ["a", "b"],
    "provider": ["travis", "travis"],
    "repo": ["ann/tool", "é\n\\N\t"],
    "received_at": [at(0), at(0.000001)],
    "state": ["", "passed"],
    "payload": ["\\", '{"a": "b"}'],
}


def rows_of(store: Store, sql: str, rows: int) -> list[Table]:
    return list(store.stream(sql, rows=rows))


@owners
def test_a_streamed_answer_is_the_same_in_pieces(store: Store) -> None:
    for number in range(9):
        store.save(build(str(number), start=number))
    store.save(build("9", start=9)).result()
    sql = "SELECT build_id, started_at, duration, tag FROM build ORDER BY started_at"
    pieces = rows_of(store, sql, 4)
    assert [len(piece["build_id"]) for piece in pieces] == [4, 4, 2]
    whole = store.select(sql)
    assert {name: [v for piece in pieces for v in piece[name]] for name in whole} == whole


@owners
def test_an_answer_without_rows_has_no_pieces(store: Store) -> None:
    assert rows_of(store, "SELECT id FROM task", 4) == []


@owners
def test_parameters_and_arrays_go_through(store: Store) -> None:
    day: Table = {
        "repo_id": [1, 2],
        "day": [3, 4],
        "matrix": ["", "x"],
        "result": ["passed", "failed"],
        "trigger": [None, "push"],
        "branch": ["main", None],
        "key": ["a", "b"],
        "phase": ["", ""],
        "runs": [2, 2**40],
        "total": [0.1, 1e300],
        "squares": [1.0, 2.0],
        "durations": [[0.1, 2.0], []],  # type: ignore[list-item]
    }
    assert store.append(lambda: [("step_day", day)]).result() == 2
    names = ", ".join(f'"{name}"' for name in day)
    sql = f"SELECT {names} FROM step_day WHERE repo_id >= $least ORDER BY repo_id"
    assert list(store.stream(sql, {"least": 1})) == [day]
    assert list(store.stream(sql, {"least": 3})) == []


@owners
def test_appended_rows_are_there_as_they_were_given(store: Store) -> None:
    assert store.append(lambda: [("delivery", DELIVERIES)]).result() == 2
    given = ", ".join(DELIVERIES)
    assert store.select(f"SELECT {given} FROM delivery ORDER BY id") == DELIVERIES
    assert store.accept(delivery("a"), None).result() is False


@owners
def test_what_is_appended_is_there_whole_or_not_at_all(store: Store) -> None:
    def parts() -> Iterator[Part]:
        yield "delivery", DELIVERIES
        yield "repo", {"id": [1], "slug": [None]}

    with pytest.raises(StoreError):
        store.append(parts).result()
    assert column(store, "SELECT count(*) FROM delivery") == [0]
    assert store.save(build(), task()).result() == 1
    assert store.append(lambda: [("delivery", DELIVERIES)]).result() == 2


@owners
def test_an_error_amid_the_parts_stores_none(store: Store) -> None:
    def parts() -> Iterator[Part]:
        yield "delivery", DELIVERIES
        raise StoreError("The source is gone.")

    with pytest.raises(StoreError, match="source is gone"):
        store.append(parts).result()
    assert column(store, "SELECT count(*) FROM delivery") == [0]


@owners
def test_keys_go_on_from_those_that_were_appended(store: Store, url: str) -> None:
    job_names = (
        *("provider", "instance", "build_id", "job_id", "build_number", "raw_result", "matrix"),
        *("matrix_values", "worker_facts", "log_state"),
    )
    job: Table = {name: ["{}"] for name in job_names}
    job |= {"repo_id": [7], "attempt": [1], "job_key": [4321], "allow_failure": [False]}
    alias: Table = {
        "provider": [""], "instance": [""], "kind": ["slug"], "alias": ["ann/other"], "repo_id": [7]
    }  # fmt: skip
    repo: Table = {"id": [7], "slug": ["ann/other"]}
    store.append(lambda: [("repo", repo), ("repo_alias", alias), ("job", job)]).result()
    store.save(build()).result()
    store.save(build("2", repo="Ann/Other")).result()
    assert column(store, "SELECT repo_id FROM build ORDER BY build_id") == [8, 7]
    assert min(column(store, "SELECT job_key FROM job WHERE job_key <> 4321")) > 4321


@owners
def test_a_build_that_was_appended_is_known_when_it_is_saved(store: Store, tmp_path: object) -> None:
    source = open_store("duckdb://:memory:")
    source.save(build()).result()
    tables = ("repo", "repo_alias", "build", "job", "step")
    copied = [(name, source.select(f'SELECT * FROM "{name}"')) for name in tables]
    source.close()
    store.append(lambda: copied).result()
    assert store.save(build()).result() == 1
    assert counts(store) == (1, 2, 6)
