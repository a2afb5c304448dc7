"""Queries over the wire, good ones and those that are refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.keen.requests import AS_READER, AS_WRITER, refused
from tests.keen.service import READ


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


def test_a_query_without_a_collection_is_told_what_it_lacks(http: httpx.Client) -> None:
    answer = http.post("/queries/count", json={}, headers=AS_READER)
    assert refused(answer, 400, "InvalidCollectionNameError")
    assert answer.json()["message"] == "event_collection is missing."


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
