"""The client of PyPI against a real service."""

from __future__ import annotations

from typing import Any

import pytest
from keen.client import KeenClient
from keen.exceptions import KeenApiError

from tests.keen.old_dashboard import TIMEFRAMES, project_queries, statistics_queries

YEAR = {"start": "2015-01-01T00:00:00Z", "end": "2016-01-01T00:00:00Z"}


def event(day: int, **properties: Any) -> dict[str, Any]:
    return {**properties, "keen": {"timestamp": f"2015-01-{day:02}T12:00:00.000Z"}}


@pytest.fixture
def purchases(client: KeenClient, collection: str) -> str:
    """Prices 10 and 20 of two users, in one collection."""
    client.add_event(collection, event(1, price=10, user={"name": "ann"}, tags=["a", "b"]))
    client.add_event(collection, event(2, price=20, user={"name": "bob"}, gift=True))
    return collection


def test_events_of_a_batch_are_answered_one_by_one(client: KeenClient, collection: str) -> None:
    answer = client.add_events({collection: [{"a": 1}, {"$b": 2}, {"c.d": 3}], "build_jobs": [{"a": 1}]})
    assert [each["success"] for each in answer[collection]] == [True, False, False]
    assert answer[collection][1]["error"]["name"] == "InvalidPropertyNameError"
    assert answer["build_jobs"][0]["error"]["name"] == "ReadOnlyCollectionError"
    assert client.count(collection) == 1


@pytest.mark.parametrize(
    ("analysis", "result"),
    [
        ("sum", 30),
        ("minimum", 10),
        ("maximum", 20),
        ("average", 15),
        ("median", 10),  # the nearest rank, not what lies between
        ("count_unique", 2),
        ("select_unique", [10, 20]),
    ],
)
def test_every_analysis_of_a_property(client: KeenClient, purchases: str, analysis: str, result: Any) -> None:
    assert getattr(client, analysis)(purchases, target_property="price", timeframe=YEAR) == result


@pytest.mark.parametrize(("percentile", "result"), [(1, 10), (50, 10), (51, 20), (100, 20)])
def test_percentiles_are_values_that_are_there(
    client: KeenClient, purchases: str, percentile: int, result: int
) -> None:
    assert (
        client.percentile(purchases, target_property="price", percentile=percentile, timeframe=YEAR) == result
    )


def test_groups_can_be_sorted_and_cut(client: KeenClient, purchases: str) -> None:
    def ask(**values: Any) -> Any:
        return client.sum(purchases, target_property="price", timeframe=YEAR, group_by="user.name", **values)

    ann, bob = {"user.name": "ann", "result": 10}, {"user.name": "bob", "result": 20}
    assert ask() == [ann, bob]
    down = {"property_name": "result", "direction": "DESC"}
    assert ask(order_by=down) == [bob, ann]
    assert ask(order_by=down, limit=1) == [bob]
    assert ask(order_by=[{"property_name": "user.name", "direction": "ASC"}], limit=1) == [ann]


def test_an_interval_has_every_bucket_and_every_group(client: KeenClient, purchases: str) -> None:
    days = {"start": "2015-01-01T00:00:00Z", "end": "2015-01-03T12:00:00Z"}
    found = client.sum(
        purchases, target_property="price", timeframe=days, interval="daily", group_by=["user.name"]
    )
    assert [each["timeframe"] for each in found] == [
        {"start": "2015-01-01T00:00:00.000Z", "end": "2015-01-02T00:00:00.000Z"},
        {"start": "2015-01-02T00:00:00.000Z", "end": "2015-01-03T00:00:00.000Z"},
        {"start": "2015-01-03T00:00:00.000Z", "end": "2015-01-03T12:00:00.000Z"},
    ]
    assert [[row["result"] for row in each["value"]] for each in found] == [[10, 0], [0, 20], [0, 0]]


def test_buckets_are_days_of_the_zone(client: KeenClient, purchases: str) -> None:
    day = {"start": "2015-01-01T00:00:00Z", "end": "2015-01-02T00:00:00Z"}
    found = client.count(purchases, timeframe=day, interval="daily", timezone="US/Pacific")
    assert [each["timeframe"]["start"] for each in found] == [
        "2014-12-31T16:00:00.000-08:00",
        "2015-01-01T00:00:00.000-08:00",
    ]
    assert [each["value"] for each in found] == [0, 1]


def test_buckets_are_days_of_the_timeframes_own_offset(client: KeenClient, purchases: str) -> None:
    days = {"start": "2015-01-01T00:00:00+11:00", "end": "2015-01-03T00:00:00+11:00"}
    found = client.count(purchases, timeframe=days, interval="daily")
    assert [each["timeframe"]["start"] for each in found] == [
        "2015-01-01T00:00:00.000+11:00",
        "2015-01-02T00:00:00.000+11:00",
    ]
    assert sum(each["value"] for each in found) == client.count(purchases, timeframe=days)


def test_dates_are_whole_days_of_the_zone(client: KeenClient, purchases: str) -> None:
    day = {"start": "2015-01-01", "end": "2015-01-02"}
    (found,) = client.count(purchases, timeframe=day, interval="daily", timezone="US/Pacific")
    assert found["timeframe"] == {
        "start": "2015-01-01T00:00:00.000-08:00",
        "end": "2015-01-02T00:00:00.000-08:00",
    }
    assert found["value"] == client.count(purchases, timeframe=day, timezone="US/Pacific")


@pytest.mark.parametrize(
    ("name", "operator", "value", "result"),
    [
        ("price", "eq", 10, 1),
        ("price", "eq", "10", 0),
        ("price", "ne", 10, 1),
        ("gift", "ne", False, 2),  # also of the event without
        ("gift", "eq", True, 1),
        ("gift", "eq", None, 1),
        ("price", "lt", 20, 1),
        ("price", "gte", 10, 2),
        ("user.name", "gt", "ann", 1),
        ("price", "gt", "1", 0),
        ("gift", "exists", True, 1),
        ("gift", "exists", False, 1),
        ("price", "in", [10, 30], 1),
        ("tags", "in", ["b", "c"], 1),
        ("tags", "eq", "a", 1),
        ("tags", "contains", "a", 1),
        ("user.name", "contains", "n", 1),
        ("user.name", "not_contains", "n", 1),
        ("nothing", "not_contains", "n", 2),
        ("user.name", "regex", "^a.*n$", 1),
        ("user.name", "regex", "o", 1),
    ],
)
def test_every_operator(
    client: KeenClient, purchases: str, name: str, operator: str, value: Any, result: int
) -> None:
    filters = [{"property_name": name, "operator": operator, "property_value": value}]
    assert client.count(purchases, timeframe=YEAR, filters=filters) == result


def test_filters_within_or_and_and(client: KeenClient, purchases: str) -> None:
    ten = {"property_name": "price", "operator": "eq", "property_value": 10}
    gift = {"property_name": "gift", "operator": "eq", "property_value": True}
    either = {"operator": "or", "operands": [ten, gift]}
    both = {"operator": "and", "operands": [ten, gift]}
    assert client.count(purchases, timeframe=YEAR, filters=[either]) == 2
    assert client.count(purchases, timeframe=YEAR, filters=[either, ten]) == 1
    assert client.count(purchases, timeframe=YEAR, filters=[{"operator": "or", "operands": [both, ten]}]) == 1


def test_several_analyses_at_once(client: KeenClient, purchases: str) -> None:
    analyses = {
        "sum": {"analysis_type": "sum", "target_property": "price"},
        "names": {"analysis_type": "select_unique", "target_property": "user.name"},
        "median": {"analysis_type": "median", "target_property": "nothing"},
    }
    found = client.multi_analysis(purchases, analyses=analyses, timeframe=YEAR)
    assert found == {"sum": 30, "names": ["ann", "bob"], "median": None}
    grouped = client.multi_analysis(purchases, analyses=analyses, timeframe=YEAR, group_by="user.name")
    assert grouped[0] == {"user.name": "ann", "sum": 10, "names": ["ann"], "median": None}


def test_a_funnel_narrows(client: KeenClient, purchases: str) -> None:
    step = {"event_collection": purchases, "actor_property": "user.name", "timeframe": YEAR}
    dear = [{"property_name": "price", "operator": "gt", "property_value": 15}]
    assert client.funnel([step, {**step, "filters": dear}]) == [2, 1]
    found = client.funnel(
        [{**step, "with_actors": True}, {**step, "filters": dear, "inverted": True, "with_actors": True}],
        all_keys=True,
    )
    assert found["result"] == [2, 1]
    assert found["actors"] == [["ann", "bob"], ["ann"]]


def test_an_optional_step_of_a_funnel_leaves_the_next_as_it_was(client: KeenClient, purchases: str) -> None:
    step = {"event_collection": purchases, "actor_property": "user.name", "timeframe": YEAR}
    none = [{"property_name": "price", "operator": "gt", "property_value": 99}]
    assert client.funnel([step, {**step, "filters": none, "optional": True}, step]) == [2, 0, 2]


def test_extraction_gives_events_back_newest_first(client: KeenClient, purchases: str) -> None:
    newest, oldest = client.extraction(purchases, timeframe=YEAR)
    assert oldest["tags"] == ["a", "b"]
    assert oldest["keen"]["timestamp"] == "2015-01-01T12:00:00.000Z"
    assert set(newest["keen"]) == {"timestamp", "created_at", "id"}
    assert client.extraction(purchases, timeframe=YEAR, latest=1) == [newest]
    named = client.extraction(purchases, timeframe=YEAR, property_names=["user.name", "gift"])
    assert named == [{"user": {"name": "bob"}, "gift": True}, {"user": {"name": "ann"}}]


def test_collections_tell_their_properties(client: KeenClient, purchases: str) -> None:
    types = client.get_collection(purchases)["properties"]
    assert types == {
        "keen.timestamp": "datetime",
        "keen.created_at": "datetime",
        "keen.id": "string",
        "price": "num",
        "user.name": "string",
        "tags": "array",
        "gift": "bool",
    }
    listed = {each["name"]: each["properties"] for each in client.get_all_collections()}
    assert listed[purchases] == types
    assert {"build_jobs", "build_substages"} <= listed.keys()


def test_deleting_takes_what_the_scope_says(client: KeenClient, purchases: str) -> None:
    cheap = [{"property_name": "price", "operator": "lt", "property_value": 15}]
    client.delete_events(purchases, filters=cheap, timeframe=YEAR)
    assert client.select_unique(purchases, target_property="price", timeframe=YEAR) == [20]
    client.delete_events(purchases)
    with pytest.raises(KeenApiError, match="ResourceNotFoundError"):
        client.count(purchases)


def test_a_saved_query_is_kept_run_and_deleted(client: KeenClient, purchases: str) -> None:
    name = f"saved-{purchases[-8:]}"
    definition = {"analysis_type": "sum", "event_collection": purchases, "target_property": "price"}
    made = client.saved_queries.create(name, {"query": definition, "refresh_rate": 0})
    assert made["query"] == dict.fromkeys(made["query"]) | definition
    assert client.saved_queries.results(name)["result"] == 30
    assert name in [each["query_name"] for each in client.saved_queries.all()]
    client.saved_queries.update(name, {"query": {"timeframe": YEAR}})
    assert client.saved_queries.get(name)["query"]["timeframe"] == YEAR
    client.saved_queries.delete(name)
    with pytest.raises(KeenApiError, match="ResourceNotFoundError"):
        client.saved_queries.get(name)


def test_a_wrong_project_or_key_is_told_apart(address: str) -> None:
    def count(project: str, key: str) -> None:
        client = KeenClient(project, read_key=key, base_url=address)
        try:
            client.count("build_jobs", timeframe="this_1_days")
        finally:
            client.api.session.close()

    with pytest.raises(KeenApiError, match="ResourceNotFoundError"):
        count("other", "key-to-read")
    with pytest.raises(KeenApiError, match="InvalidApiKeyError"):
        count("project-1", "nothing")
    with pytest.raises(KeenApiError, match="UnauthorizedOperationError"):
        count("project-1", "key-to-write")
    count("project-1", "key-to-all")


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_every_query_of_the_old_dashboard_runs(client: KeenClient, timeframe: str) -> None:
    asked = {**project_queries("ann/tool", timeframe), **statistics_queries(timeframe)}
    found = {
        name: getattr(client, analysis)(max_age=600, **document)
        for name, (analysis, document) in asked.items()
    }
    assert found["total build jobs"] == (0 if timeframe == "day" else 6)
    assert len(found["job result"]) == len(found["repos per language"])
