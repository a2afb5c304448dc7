"""Keys, errors, pages of other sites, and what there is."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.keen.requests import AS_READER, refused
from tests.keen.service import MASTER, READ, WRITE, served


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


def test_one_property_and_the_project_are_shown(http: httpx.Client, three: str) -> None:
    found = http.get(f"/events/{three}/properties/n", headers=AS_READER).json()
    assert (found["property_name"], found["type"]) == ("n", "num")
    assert http.get(found["url"].removeprefix("/3.0/projects/project-1"), headers=AS_READER).json() == found
    assert refused(http.get(f"/events/{three}/properties/x", headers=AS_READER), 404, "ResourceNotFoundError")
    project = http.get(str(http.base_url).rstrip("/"), headers=AS_READER).json()
    assert project["id"] == "project-1"
    assert three in [each["name"] for each in project["events"]]
    assert "count_url" in http.get("/queries", headers=AS_READER).json()
