"""Writing and deleting over the wire: images, beacons, scopes, hostile input."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from tests.keen.requests import AS_MASTER, AS_READER, AS_WRITER, count, refused
from tests.keen.service import WRITE


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
        "event_collection=other",
        "analysis_type=count",
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
