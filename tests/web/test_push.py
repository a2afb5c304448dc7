"""`POST /api/v1/builds`: what is stored of what is pushed, and what is said of what is wrong."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.model import Build
from buildtimetrend.store.documents import PushedBuild, build_of, document_of
from buildtimetrend.web.api.push_models import MOST_BUILDS
from buildtimetrend.web.api.requests import MOST_UNPACKED
from buildtimetrend.web.http.body_limits import LARGE_BODY
from tests.store.examples import build as an_example
from tests.store.examples import column, counts, job, pull_request, step
from tests.web.conftest import Service

BEARER = {"Authorization": "Bearer token"}
PATH = "/api/v1/builds"


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service(admin_token="token", data_detail="extended")


def document(build: Build | None = None, **fields: Any) -> dict[str, Any]:
    pushed: dict[str, Any] = document_of(build or an_example())
    return pushed | fields


def push(service: Service, body: object, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return service.post(
        PATH, content=content, headers={**BEARER, "Content-Type": "application/json", **headers}
    )


def test_a_build_is_stored_as_one_that_was_fetched(service: Service) -> None:
    pushed = push(service, document(pull_request()))
    assert (pushed.status_code, pushed.json()) == (200, {"attempt": 1})
    rows = (
        service.store.select("SELECT * FROM build"),
        service.store.select("SELECT * FROM job ORDER BY job_id"),
    )
    steps = service.store.select("SELECT * FROM step ORDER BY job_key, position")
    service.store.save(pull_request()).result()
    again = (
        service.store.select("SELECT * FROM build"),
        service.store.select("SELECT * FROM job ORDER BY job_id"),
    )
    assert again[0] == rows[0]
    assert again[1] | {"job_key": []} == rows[1] | {"job_key": []}
    again_steps = service.store.select("SELECT * FROM step ORDER BY job_key, position")
    assert again_steps | {"job_key": []} == steps | {"job_key": []}


def test_the_same_build_again_changes_nothing(service: Service) -> None:
    for _ in range(3):
        assert push(service, document()).json() == {"attempt": 1}
    assert push(service, {"builds": [document(), document()]}).json()["results"] == [{"attempt": 1}] * 2
    assert counts(service.store) == (1, 2, 6)


def test_a_pushed_build_is_counted_once_whoever_else_tells_of_it(service: Service) -> None:
    push(service, document())
    service.tasks.saved("ann/tool")  # as when another process has stored one
    assert 'buildtimetrend_builds_saved_total{repo="ann/tool"} 1.0' in service.get("/metrics").text


def test_a_build_of_another_host_s_repo_is_seen_at_once_by_the_name_it_has_here(service: Service) -> None:
    def jobs(repo: str) -> int:
        first = "timeframe=year&since=2020-01-01&until=2030-01-01"
        return int(service.get(f"/api/v1/projects/{repo}?{first}").json()["totals"]["jobs"])

    push(service, document(code_host="github.com"))
    for number in ("7", "8", "9"):
        known = push(service, document(code_host="git.example", id=number, number=number))
        assert known.status_code == 200
        expected = 2 * (int(number) - 6)
        assert jobs("git.example/ann/tool") == expected
    assert jobs("ann/tool") == 2


def test_what_is_needed_is_little(service: Service) -> None:
    least = {
        "provider": "jenkins",
        "instance": "https://ci.example",
        "repo": "ann/tool",
        "id": "1",
        "number": "1",
        "result": "passed",
    }
    assert push(service, least).json() == {"attempt": 1}
    assert column(service.store, "SELECT raw_result FROM build") == ["passed"]
    assert service.get("/build/jenkins/ann/tool/1").status_code == 200
    assert service.get("/dashboard/ann/tool").status_code == 200


def test_a_wrong_build_does_not_lose_the_others(service: Service) -> None:
    answer = push(
        service, {"builds": [document(id="1"), document(id="2", result="fine"), 7, document(id="4")]}
    )
    assert answer.status_code == 207
    said = answer.json()
    assert (said["stored"], said["refused"]) == (2, 2)
    assert [list(result) for result in said["results"]] == [["attempt"], ["error"], ["error"], ["attempt"]]
    assert said["results"][1]["error"]["detail"] == "result"
    assert column(service.store, "SELECT build_id FROM build ORDER BY build_id") == ["1", "4"]


def test_every_wrong_field_is_named_with_its_path(service: Service) -> None:
    wrong = document(number=7, started_at="yesterday", colour="red", url="javascript:alert(1)")
    wrong["jobs"][1]["steps"][2]["started_at"] = 1_700_000_000
    wrong["jobs"][0]["exit"]["code"] = 1.5
    answer = push(service, wrong)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert set(error["detail"].split(", ")) == {
        "number",
        "started_at",
        "colour",
        "url",
        "jobs.1.steps.2.started_at",
        "jobs.0.exit.code",
    }
    assert "jobs.1.steps.2.started_at: must be an instant in ISO 8601" in error["message"]


@pytest.mark.parametrize(
    "fields",
    [
        {"repo": "no-slash"},
        {"repo": "ann/../dashboard"},
        {"repo": "./tool"},
        {"repo": "ann/tool/.."},
        {"provider": "Travis CI"},
        {"instance": "ftp://ci.example"},
        {"number": "1/2"},
        {"number": ""},
        {"result": None},
        {"attempt": 0},
        {"attempt": "1"},
        {"attempt": 2**40},
        {"message": "a" * 10 + "\ud800"},
        {"started_at": "2024-13-01T00:00:00Z"},
        {"jobs": {}},
        {"jobs": [{}]},
        {"pull_request": {"number": 1}},
    ],
)
def test_a_value_that_is_not_allowed_is_named(service: Service, fields: dict[str, Any]) -> None:
    answer = push(service, json.dumps(document(**fields)).encode())
    assert answer.status_code in (400, 422)
    assert next(iter(fields)) in answer.json()["error"]["detail"] or answer.status_code == 400
    assert counts(service.store) == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'"x"', b"\xff", b'{"builds": []}', b'{"builds": 7}', b'{"builds": [], "x": 1}'],
)
def test_a_body_that_is_no_build_is_refused(service: Service, body: bytes) -> None:
    answer = push(service, body)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


def test_a_batch_is_bounded(service: Service) -> None:
    answer = push(service, {"builds": [{}] * (MOST_BUILDS + 1)})
    assert answer.status_code == 422
    assert answer.json()["error"]["detail"] == "builds"


def test_a_packed_body_is_unpacked(service: Service) -> None:
    packed = gzip.compress(orjson.dumps({"builds": [document(id=str(n)) for n in range(50)]}))
    answer = push(service, packed, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["stored"]) == (200, 50)


@pytest.mark.parametrize("zeros", [MOST_UNPACKED + 1, 20 * MOST_UNPACKED])
def test_a_body_that_is_too_large_once_unpacked_is_refused(service: Service, zeros: int) -> None:
    packer = zlib.compressobj(wbits=31)
    first, again = [packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
    packed = first + again * (zeros // 2**20) + packer.flush()
    assert len(packed) < LARGE_BODY
    assert push(service, packed, **{"Content-Encoding": "gzip"}).status_code == 413


def test_a_body_that_is_too_large_as_it_comes_is_refused(service: Service) -> None:
    assert push(service, b" " * (LARGE_BODY + 1)).status_code == 413


def test_a_packed_body_of_very_many_parts_is_refused(service: Service) -> None:
    packed = gzip.compress(b"") * 1000
    answer = push(service, packed, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["error"]["detail"]) == (400, "body")


def test_jobs_whose_ids_are_stored_alike_are_one(service: Service) -> None:
    two = document(jobs=[document_of(job(id="a\0")), document_of(job(id="a\N{REPLACEMENT CHARACTER}"))])
    assert push(service, two).status_code == 200
    assert column(service.store, "SELECT job_id FROM job") == ["a\N{REPLACEMENT CHARACTER}"]


def test_a_step_before_1970_is_refused_by_its_name(service: Service) -> None:
    pushed = document()
    pushed["jobs"][0]["steps"][0]["finished_at"] = "0001-01-01T00:00:00+23:59"
    answer = push(service, pushed)
    assert (answer.status_code, answer.json()["error"]["detail"]) == (422, "jobs.0.steps.0.finished_at")


def test_a_build_that_ends_in_years_is_refused_by_its_fields(service: Service) -> None:
    """It would be the newest build of its repo for good."""
    pushed = document(finished_at="9999-12-31T00:00:00Z")
    pushed["jobs"][0]["started_at"] = "9999-12-31T00:00:00Z"
    answer = push(service, pushed)
    assert (answer.status_code, answer.json()["error"]["detail"]) == (422, "finished_at, jobs.0.started_at")
    assert "must not be more than a day ahead" in answer.json()["error"]["message"]


def test_a_build_of_very_many_jobs_has_a_page_of_some(service: Service) -> None:
    assert push(service, document(jobs=[document_of(job(id=str(n))) for n in range(501)])).status_code == 200
    page = service.get("/build/travis/ann/tool/1").text
    assert "The first 500 of 501 jobs" in page


@pytest.mark.parametrize("cut", [1, 10, -5])
def test_a_packed_body_that_is_damaged_is_refused(service: Service, cut: int) -> None:
    packed = gzip.compress(orjson.dumps(document()))[:cut]
    assert push(service, packed, **{"Content-Encoding": "gzip"}).status_code == 400
    assert push(service, b"no gzip", **{"Content-Encoding": "gzip"}).status_code == 400
    assert push(service, packed, **{"Content-Encoding": "br"}).status_code == 400


def test_without_the_token_nothing_is_read(service: Service, make_service: Callable[..., Service]) -> None:
    assert service.post(PATH, content=b"{").status_code == 401
    assert service.post(PATH, content=b"{", headers={"Authorization": "Bearer wrong"}).status_code == 401
    unset = push(make_service(), document())
    assert unset.status_code == 403
    assert "admin_token" in unset.json()["error"]["message"]


def test_signing_in_on_a_page_lets_nobody_push(service: Service) -> None:
    ours = {"Origin": "http://testserver"}
    assert service.post("/sign-in", data={"token": "token"}, headers=ours).status_code == 303
    assert service.post(PATH, json=document(), headers=ours).status_code == 401


def test_repos_that_the_settings_do_not_allow_are_refused(make_service: Callable[..., Service]) -> None:
    service = make_service(admin_token="token", denied_repo=("secret",))
    assert push(service, document(repo="ann/secret")).status_code == 403
    batch = push(service, {"builds": [document(repo="ann/secret"), document()]})
    assert [list(result) for result in batch.json()["results"]] == [["error"], ["attempt"]]


def test_no_more_is_kept_than_the_data_detail_says(make_service: Callable[..., Service]) -> None:
    service = make_service(admin_token="token", data_detail="basic")
    push(service, document())
    assert counts(service.store) == (1, 2, 0)


def test_pages_show_a_pushed_build_at_once(service: Service) -> None:
    push(service, document())
    assert (
        service.get("/api/v1/projects/ann/tool?timeframe=year&since=2024-01-01").json()["totals"]["builds"]
        == 1
    )
    push(service, document(id="2", number="2"))
    assert (
        service.get("/api/v1/projects/ann/tool?timeframe=year&since=2024-01-01").json()["totals"]["builds"]
        == 2
    )


def test_while_the_store_is_away_nothing_is_acknowledged(service: Service) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The store is away.")

    service.store.save = away  # type: ignore[method-assign, assignment]
    assert push(service, document()).status_code == 503
    assert push(service, {"builds": [document(), {}]}).status_code == 503


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in _places(each, (*path, key)))]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_build_it_is_stored_or_refused_in_words(
    service: Service, data: st.DataObject
) -> None:
    pushed = deepcopy(document())
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_places(pushed)[1:]))
        owner = pushed
        for key in path[:-1]:
            owner = owner[key]
        owner[path[-1]] = data.draw(JSON)
    answer = push(service, json.dumps(pushed).encode())
    assert answer.status_code in (200, 400, 422)
    assert answer.json().keys() in ({"attempt"}, {"error"})


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
NS = st.integers(0, 253_402_300_799_999_999_999)


@given(TEXT, NS, NS, st.none() | TEXT, st.integers(0, 9), st.floats(allow_nan=False, allow_infinity=False))
def test_a_document_says_all_of_a_build(
    text: str, start: int, end: int, other: str | None, depth: int, seconds: float
) -> None:
    known = job(
        text,
        name=other,
        steps=(step(text, phase=text, command=other, started_ns=start, finished_ns=end, depth=depth),),
    )
    build = an_example(branch=other, message=text, jobs=(known, job("12", start=None)), attempt=depth + 1)
    again = build_of(PushedBuild.model_validate(orjson.loads(orjson.dumps(document_of(build)))))
    assert again == build
