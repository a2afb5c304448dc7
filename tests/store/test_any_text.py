"""Contract: whatever text stands in whatever field of a build, the build is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store
from buildtimetrend.store.documents import LONGEST_ID, document_of
from buildtimetrend.store.text import REPLACEMENT
from tests.store.any_text import HUGE, NASTY, build_with
from tests.store.engines import empty
from tests.store.examples import column
from tests.store.owner import TOKEN, Owner, owner

# What builds are known by is not cut, and so has a bound.
IDS = ("provider", "instance", "id", "number", "repo_id", "jobs.id")
# A push says what these must look like.
OF_A_FORM = {
    "provider": "travis",
    "instance": "https://ci.example",
    "repo": "ann/tool",
    "number": "1",
    "url": "https://ci.example/1",
    "code_host": "code.example",
}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ODD = st.sampled_from(list(NASTY.values())) | st.text(max_size=20)


@pytest.fixture(params=("duckdb", "postgres", "citus"))
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Owner]:
    with empty(request.param, request, tmp_path) as url, owner(tmp_path, store_url=url) as running:
        yield running


def cut(path: str, text: str) -> str:
    return text[: LONGEST_ID // 4] if path in (*IDS, "repo") else text


def texts(store: Store, table: str) -> list[Value]:
    found = store.select(f"SELECT * FROM {table}")
    return [value for values in found.values() for value in values if isinstance(value, str)]


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_a_build_is_stored_whatever_stands_in_all_of_its_fields(store: Store, text: str) -> None:
    assert store.save(build_with(lambda path: cut(path, text))).result() == 1
    for table in ("build", "job", "step"):
        assert texts(store, table)
        assert not any("\0" in str(value) for value in texts(store, table))
    assert column(store, "SELECT count(*) FROM step") == [1]


@given(st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_build_is_stored_whatever_stands_in_any_of_its_fields(store: Store, data: st.DataObject) -> None:
    assert store.save(build_with(lambda path: cut(path, data.draw(ODD, path)))).result() >= 0


@pytest.mark.parametrize("text", ["a\0b", HUGE], ids=["a NUL", "huge"])
def test_a_push_is_stored_whatever_stands_in_its_fields(running: Owner, text: str) -> None:
    build = build_with(lambda path: OF_A_FORM.get(path) or cut(path, text))
    answer = httpx.post(
        f"{running.base_url}/api/v1/builds", json=pushed(document_of(build), text), headers=BEARER, timeout=60
    )
    assert (answer.status_code, answer.json()) == (200, {"attempt": 1})
    assert column(running.store, "SELECT exit_reason FROM job") == [text.replace("\0", REPLACEMENT)]


def pushed(document: dict[str, object], text: str) -> dict[str, object]:
    """With the NULs that an honest client would have replaced."""
    plain = orjson.dumps(document).decode()
    if "\0" in text:
        plain = plain.replace(text.replace("\0", REPLACEMENT), text.replace("\0", "\\u0000"))
    again: dict[str, object] = orjson.loads(plain)
    return again


@pytest.mark.parametrize("field", IDS)
def test_what_is_too_long_to_be_known_by_is_refused_by_its_name(running: Owner, field: str) -> None:
    document = document_of(build_with(lambda path: OF_A_FORM.get(path) or "a"))
    place = document["jobs"][0] if field.startswith("jobs.") else document
    name = field.rpartition(".")[2]
    place[name] = f"https://ci.example/{HUGE}" if name == "instance" else HUGE
    answer = httpx.post(f"{running.base_url}/api/v1/builds", json=document, headers=BEARER, timeout=60)
    assert answer.status_code == 422
    assert answer.json()["error"]["detail"] == field.replace("jobs.", "jobs.0.")
