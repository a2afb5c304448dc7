"""What goes over the wire besides what the client shows: keys, errors, beacons, CORS, hostile input."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.keen.service import MASTER, READ, WRITE, served

AS_READER, AS_WRITER, AS_MASTER = ({"Authorization": key} for key in (READ, WRITE, MASTER))


def refused(answer: httpx.Response, status: int, code: str) -> bool:
    body = answer.json()
    return (answer.status_code, body["error_code"], bool(body["message"])) == (status, code, True)


def count(http: httpx.Client, collection: str) -> int:
    answer = http.get("/queries/count", params={"event_collection": collection, "api_key": READ})
    return int(answer.json()["result"])


@pytest.fixture
def three(http: httpx.Client, collection: str) -> str:
    """A collection of three events: n is 1, 2, 3."""
    http.post(
        "/events", json={collection: [{"n": n} for n in (1, 2, 3)]}, headers=AS_WRITER
    ).raise_for_status()
    return collection


@pytest.mark.parametrize(
    ("method", "path", "key", "status", "code"),
    [
        ("GET", "/events", "", 401, "InvalidApiKeyError"),
        ("GET", "/events", "wrong", 401, "InvalidApiKeyError"),
        ("GET", "/events", f"Bearer {READ}", 401, "InvalidApiKeyError"),
        ("GET", "/events", WRITE, 403, "UnauthorizedOperationError"),
        ("POST", "/events/c", READ, 403, "UnauthorizedOperationError"),
        ("POST", "/events", READ, 403, "UnauthorizedOperationError"),
        ("DELETE", "/events/c", WRITE, 403, "AdminOnlyEndpointError"),
        ("DELETE", "/events/c", READ, 403, "AdminOnlyEndpointError"),
        ("GET", "/queries/saved", READ, 403, "AdminOnlyEndpointError"),
        ("PUT", "/queries/saved/q", READ, 403, "AdminOnlyEndpointError"),
        ("GET", "/queries/count", WRITE, 403, "UnauthorizedOperationError"),
        ("GET", "/queries/nothing", READ, 404, "ResourceNotFoundError"),
        ("GET", "/nothing", READ, 404, "ResourceNotFoundError"),
        ("PATCH", "/events", MASTER, 405, "MethodNotAllowedError"),
        ("GET", "/keys", MASTER, 501, "NotImplementedError"),
        ("POST", "/keys/k/revoke", MASTER, 501, "NotImplementedError"),
        ("PUT", "/datasets/d", MASTER, 501, "NotImplementedError"),
        ("PUT", "/events/c", MASTER, 501, "NotImplementedError"),
        ("DELETE", "/events/c/properties/p", MASTER, 501, "NotImplementedError"),
    ],
)
def test_who_may_not_is_told_so(
    http: httpx.Client, method: str, path: str, key: str, status: int, code: str
) -> None:
    assert refused(http.request(method, path, headers={"Authorization": key}), status, code)


def test_a_service_without_a_project_says_so(tmp_path: Path) -> None:
    with served(tmp_path, keen_project_id="") as url:
        answer = httpx.get(f"{url}/3.0/projects/any/queries/count", params={"api_key": READ})
        assert refused(answer, 404, "ResourceNotFoundError")
        assert "keen.project_id" in answer.json()["message"]
        assert httpx.get(f"{url}/3.0").json() == {"projects_resource_url": "/3.0/projects"}


def test_a_key_that_is_not_set_opens_nothing(tmp_path: Path) -> None:
    with served(tmp_path, keen_read_key="", keen_master_key="") as url:
        at = f"{url}/3.0/projects/project-1/events"
        for given in ({}, {"Authorization": ""}):
            assert refused(httpx.get(at, headers=given), 401, "InvalidApiKeyError")
        assert refused(httpx.get(at, params={"api_key": ""}), 401, "InvalidApiKeyError")


def test_any_page_may_ask(http: httpx.Client) -> None:
    preflight = http.options(
        "/queries/count",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Headers": "authorization"},
    )
    assert (preflight.status_code, preflight.content) == (204, b"")
    allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "keen-sdk"} <= set(allowed)
    for answer in (preflight, http.get("/events", headers=AS_READER), http.get("/events")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in answer.headers


def test_an_image_writes_its_event(http: httpx.Client, collection: str) -> None:
    data = base64.b64encode(json.dumps({"page": "é?>"}).encode()).decode()
    for text in (data, data.rstrip("="), data.replace("+", "-").replace("/", "_")):
        answer = http.get(f"/events/{collection}", params={"api_key": WRITE, "data": text})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert http.head(f"/events/{collection}", params={"api_key": WRITE, "data": data}).status_code == 200
    assert count(http, collection) == 3  # a HEAD changes nothing
    bad = http.get(f"/events/{collection}", params={"api_key": WRITE, "data": "!"})
    assert refused(bad, 400, "InvalidEventError")


def test_a_beacon_of_plain_text_writes_its_event(http: httpx.Client, collection: str) -> None:
    answer = http.post(
        f"/events/{collection}?api_key={WRITE}",
        content=b'{"a": 1}',
        headers={"Content-Type": "text/plain;charset=UTF-8"},
    )
    assert (answer.status_code, answer.json()) == (201, {"created": True})
    assert count(http, collection) == 1


@pytest.mark.parametrize(
    "query",
    [
        "filters=x",
        "filters=",
        "filters=null",
        "filters=[",
        "filters=%5B%7B%22property_name%22:%22n%22%7D%5D",
        'filters=[{"property_name":"n","operator":"eqq","property_value":1}]',
        'filters={"property_name":"n","operator":"eq","property_value":1}',
        "timeframe=",
        "timeframe=this_0_days",
        "timeframe=always",
        'timeframe={"start":"2020-01-01"}',
        "timezone=Mars&timeframe=this_1_day",
        "filter=[]",
        "filters=[]&filters=[]",
        "FILTERS=[]",
        "timeframe=null",
    ],
)
def test_a_scope_that_cannot_be_read_deletes_nothing(http: httpx.Client, three: str, query: str) -> None:
    answer = http.delete(f"/events/{three}?{query}", headers=AS_MASTER)
    assert answer.status_code == 400
    assert answer.json()["error_code"]
    assert count(http, three) == 3


def test_a_scope_in_a_body_deletes_nothing(http: httpx.Client, three: str) -> None:
    answer = http.request("DELETE", f"/events/{three}", json={"filters": []}, headers=AS_MASTER)
    assert refused(answer, 400, "BadRequestError")
    assert count(http, three) == 3


def test_deleting_is_answered_without_a_body(http: httpx.Client, three: str) -> None:
    answer = http.delete(
        f"/events/{three}?timeframe=%22this_2_days%22&&timezone=0&filters="
        + json.dumps([{"property_name": "n", "operator": "gt", "property_value": 1}]),
        headers=AS_MASTER,
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert count(http, three) == 1


def test_parameters_in_a_body_or_an_address_mean_the_same(http: httpx.Client, three: str) -> None:
    filters = [{"property_name": "n", "operator": "gte", "property_value": 2}]
    asked = {
        "event_collection": three,
        "target_property": "n",
        "timeframe": "this_2_days",
        "filters": filters,
    }
    posted = http.post(
        "/queries/sum",
        json={
            **asked,
            "analysis_type": "sum",
            "timezone": 0,
            "group_by": None,
            "cache": True,
            "max_age": 300,
        },
        headers=AS_READER,
    )
    written = {"filters": json.dumps(filters), "timeframe": '"this_2_days"', "api_key": READ}
    params: dict[str, Any] = {**asked, **written}
    assert posted.json() == http.get("/queries/sum", params=params).json() == {"result": 5}


def test_metadata_tells_what_was_read(http: httpx.Client, three: str) -> None:
    asked = {"event_collection": three, "target_property": "n", "include_metadata": True}
    found = http.post("/queries/sum", json=asked, headers=AS_READER).json()["execution_metadata"]
    seconds = found.pop("total_processing_time")
    assert found == {"events_scanned": 3, "properties_per_event": 1, "total_properties_scanned": 3}
    assert 0 < seconds < 60


HOSTILE = {
    "no JSON": b"{",
    "nothing": b"",
    "no object": b"[1]",
    "text": b'"a"',
    "null": b"null",
    "not a number": b'{"a": NaN}',
    "infinite": b'{"a": Infinity}',
    "beyond doubles": b'{"a": 1e400}',
    "beyond our bound": b'{"a": 1e101}',
    "a huge whole number": b'{"a": ' + b"9" * 500 + b"}",
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep lists": b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "just too deep": b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
    "U+0000 in a text": b'{"a": "\\u0000"}',
    "U+0000 in a name": b'{"\\u0000": 1}',
    "half a character in a text": b'{"a": "\\ud800"}',
    "half a character in a name": b'{"\\ud800": 1}',
    "no UTF-8": b'{"a": "\xff"}',
    "a long text": b'{"a": "' + b"x" * 10_001 + b'"}',
    "a long text in a list": b'{"a": ["' + b"x" * 10_001 + b'"]}',
    "a long name": b'{"' + b"x" * 257 + b'": 1}',
    "an empty name": b'{"": 1}',
    "a name with $": b'{"$a": 1}',
    "a name with a dot": b'{"a": {"b.c": 1}}',
    "keen is no object": b'{"keen": 1}',
    "no time": b'{"keen": {"timestamp": "yesterday"}}',
    "a time that is no text": b'{"keen": {"timestamp": 5}}',
    "a time before all times": b'{"keen": {"timestamp": "0001-01-01T00:00:00+14:00"}}',
    "too many properties": json.dumps({f"p{n}": n for n in range(1001)}).encode(),
    "too large": json.dumps({f"p{n}": "x" * 9_999 for n in range(95)}).encode(),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_event_is_refused(http: httpx.Client, collection: str, body: bytes) -> None:
    answer = http.post(f"/events/{collection}", content=body, headers=AS_WRITER)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"message", "error_code"}
    assert len(answer.json()["message"]) < 500
    missing = http.get(f"/events/{collection}", headers=AS_READER)
    assert refused(missing, 404, "ResourceNotFoundError")


@pytest.mark.parametrize("name", ["$own", "x" * 257, "%00", "%ED%A0%80%00"])
def test_what_is_no_name_of_a_collection_is_refused(http: httpx.Client, name: str) -> None:
    answer = http.post(f"/events/{name}", json={"a": 1}, headers=AS_WRITER)
    assert refused(answer, 400, "InvalidCollectionNameError")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"c": 1}', b'{"c": {"a": 1}}'])
def test_what_is_no_batch_is_refused(http: httpx.Client, body: bytes) -> None:
    assert http.post("/events", content=body, headers=AS_WRITER).status_code == 400


def test_a_batch_may_be_larger_than_other_bodies_but_not_without_end(
    http: httpx.Client, collection: str
) -> None:
    event = {"text": "x" * 9_000}
    answer = http.post("/events", json={collection: [event] * 200}, headers=AS_WRITER)
    assert answer.json() == {collection: [{"success": True}] * 200}
    assert count(http, collection) == 200
    endless = http.post("/events", content=b" " * 10_000_001, headers=AS_WRITER)
    assert refused(endless, 413, "RequestTooLargeError")


@pytest.mark.parametrize(
    "asked",
    [
        {"target_property": None},
        {"target_property": ""},
        {"target_property": 5},
        {"target_property": ["n"]},
        {"event_collection": None},
        {"event_collection": ["c"]},
        {"timeframe": "this_9999999_years"},
        {"timeframe": "previous_999999_years"},
        {"timeframe": {"start": "2020-01-02", "end": "2020-01-01"}},
        {"timeframe": 5},
        {"timeframe": []},
        {"timezone": "../../etc/passwd"},
        {"timezone": "Europe"},
        {"timezone": 1e9},
        {"timezone": []},
        {"timezone": True},
        {"interval": "daily"},
        {"interval": "every_0_days", "timeframe": "this_2_days"},
        {"interval": "sometimes", "timeframe": "this_2_days"},
        {"interval": "minutely", "timeframe": "this_2_years"},
        {"interval": ["daily"], "timeframe": "this_2_days"},
        {"filters": "n"},
        {"filters": [[]]},
        {"filters": [{"property_name": "n", "operator": ["eq"], "property_value": 1}]},
        {"filters": [{"property_name": "n", "operator": "eq"}]},
        {"filters": [{"property_name": "n", "operator": "eq", "property_value": {"a": 1}}]},
        {"filters": [{"property_name": "n", "operator": "lt", "property_value": True}]},
        {"filters": [{"property_name": "n", "operator": "in", "property_value": 1}]},
        {"filters": [{"property_name": "n", "operator": "contains", "property_value": 1}]},
        {"filters": [{"property_name": "n", "operator": "exists", "property_value": 1}]},
        {"filters": [{"property_name": "n", "operator": "within", "property_value": {}}]},
        {"filters": [{"operator": "or", "operands": []}]},
        {"filters": [{"operator": "or"}]},
        *({"filters": [{"property_name": "n", "operator": "regex", "property_value": each}]} for each in (
            "(", "[", "a**", "(?=a)", "(?P<a>a)", "\\1", "\\b", "a{256}", "a{,3}", "a++", "{", "[[:alpha:]]",
            "(?i", "[z-a]", "\\", "a" * 501, "((a{255}){255}){255}",
        )),
        {"filters": [{"property_name": "n", "operator": "in", "property_value": [*range(200)]}] * 3},
        {"filters": [{"property_name": "n", "operator": "ne", "property_value": 1}] * 201},
        {"filters": [{"property_name": f"p{n}", "operator": "ne", "property_value": 1} for n in range(61)]},
        {"group_by": {"property_name": ""}},
        {"group_by": ["a", "a"]},
        {"group_by": [f"p{n}" for n in range(11)]},
        {"group_by": 5},
        {"order_by": "result"},
        {"order_by": {"property_name": "x"}, "group_by": "a"},
        {"order_by": {"property_name": "result", "direction": "UP"}, "group_by": "a"},
        {"limit": 1},
        {"limit": 0, "order_by": "result", "group_by": "a"},
        {"limit": "x", "order_by": "result", "group_by": "a"},
    ],
    ids=lambda asked: str(asked)[:60],
)  # fmt: skip
def test_what_is_no_query_is_refused(http: httpx.Client, three: str, asked: dict[str, Any]) -> None:
    document = {"event_collection": three, "target_property": "n", **asked}
    answer = http.post("/queries/sum", json=document, headers=AS_READER)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"message", "error_code"}
    assert len(answer.json()["message"]) < 700


@pytest.mark.parametrize(
    ("analysis", "asked"),
    [
        ("percentile", {"target_property": "n"}),
        ("percentile", {"target_property": "n", "percentile": 0}),
        ("percentile", {"target_property": "n", "percentile": 101}),
        ("percentile", {"target_property": "n", "percentile": "x"}),
        ("percentile", {"target_property": "n", "percentile": True}),
        ("multi_analysis", {}),
        ("multi_analysis", {"analyses": {}}),
        ("multi_analysis", {"analyses": {"a": {"analysis_type": "funnel"}}}),
        ("multi_analysis", {"analyses": {"a": {"analysis_type": "sum"}}}),
        ("funnel", {}),
        ("funnel", {"steps": []}),
        ("funnel", {"steps": [1]}),
        ("funnel", {"steps": [{"event_collection": "build_jobs"}]}),
        ("funnel", {"steps": [{"event_collection": "build_jobs", "actor_property": "a", "inverted": True}]}),
        ("extraction", {"latest": 0}),
        ("extraction", {"property_names": [""]}),
    ],
)
def test_what_an_analysis_lacks_is_told(http: httpx.Client, analysis: str, asked: dict[str, Any]) -> None:
    answer = http.post(
        f"/queries/{analysis}", json={"event_collection": "build_jobs", **asked}, headers=AS_READER
    )
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    ("analysis", "asked"),
    [
        ("extraction", {"email": "a@example.org"}),
        ("extraction", {"content_type": "text/csv"}),
        ("count", {"group_by": {"property_name": "n", "buckets": {"size": 10}}}),
    ],
)
def test_what_is_left_out_says_so(http: httpx.Client, analysis: str, asked: dict[str, Any]) -> None:
    answer = http.post(
        f"/queries/{analysis}", json={"event_collection": "build_jobs", **asked}, headers=AS_READER
    )
    assert refused(answer, 501, "NotImplementedError")


def test_places_within_a_distance(http: httpx.Client, collection: str) -> None:
    def at(name: str, *place: float) -> dict[str, Any]:
        return {"name": name, "keen": {"location": {"coordinates": list(place)}}}

    events = [
        at("Brussels", 4.35, 50.85),
        at("Ghent", 3.72, 51.05),
        at("Auckland", 174.76, -36.85),
        {"name": "-"},
    ]
    http.post("/events", json={collection: events}, headers=AS_WRITER).raise_for_status()

    def found(miles: float) -> list[str]:
        circle = {"coordinates": [4.40, 51.22], "max_distance_miles": miles}  # Antwerp
        within = {
            "property_name": "keen.location.coordinates",
            "operator": "within",
            "property_value": circle,
        }
        asked = {"event_collection": collection, "target_property": "name", "filters": [within]}
        names: list[str] = http.post("/queries/select_unique", json=asked, headers=AS_READER).json()["result"]
        return names

    # 25.6 and 31.8 miles on the great circle.
    assert (found(20), found(26), found(33)) == ([], ["Brussels"], ["Brussels", "Ghent"])
    assert found(20_000) == ["Auckland", "Brussels", "Ghent"]
    kinds = http.get(f"/events/{collection}", headers=AS_READER).json()["properties"]
    assert kinds["keen.location.coordinates"] == "geo"
    assert not any(path.endswith((".0", ".1")) for path in kinds)


def test_one_property_and_the_project_are_shown(http: httpx.Client, three: str) -> None:
    found = http.get(f"/events/{three}/properties/n", headers=AS_READER).json()
    assert (found["property_name"], found["type"]) == ("n", "num")
    assert http.get(found["url"].removeprefix("/3.0/projects/project-1"), headers=AS_READER).json() == found
    assert refused(http.get(f"/events/{three}/properties/x", headers=AS_READER), 404, "ResourceNotFoundError")
    project = http.get(str(http.base_url).rstrip("/"), headers=AS_READER).json()
    assert project["id"] == "project-1"
    assert three in [each["name"] for each in project["events"]]
    assert "count_url" in http.get("/queries", headers=AS_READER).json()
