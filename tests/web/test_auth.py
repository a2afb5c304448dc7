from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from buildtimetrend.web.http.auth import COOKIE, SESSION
from buildtimetrend.web.http.clients import client_of
from buildtimetrend.web.http.rate_limits import ALL_SIGN_INS, SIGN_INS
from tests.web.conftest import Service

TOKEN = "correct horse ünd staple"
IMPORT = {"provider": "travis", "repo": "owner/name", "first": 1}
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    return make_service(admin_token=TOKEN)


def sign_in(service: Service) -> None:
    assert service.post("/sign-in", data={"token": TOKEN}, headers=OURS).status_code == 303


WRITES = [
    ("/api/v1/imports", 202),
    ("/api/v1/imports/x/cancel", 404),
    ("/api/v1/tasks/x/retry", 404),
    ("/imports", 202),
    ("/imports/x/cancel", 303),
    ("/tasks/x/retry", 404),
    ("/travis/owner/name/1", 202),
]


def post(service: Service, path: str, headers: dict[str, str]) -> int:
    if path == "/imports":
        form = {"provider": "travis", "repo": "owner/name", "first_build": "1"}
        return int(service.post(path, data=form, headers=headers).status_code)
    return int(service.post(path, json=IMPORT, headers=headers).status_code)


@pytest.mark.parametrize(("path", "status"), WRITES)
def test_whatever_changes_something_needs_the_token(service: Service, path: str, status: int) -> None:
    assert post(service, path, {}) == 401
    assert post(service, path, {"Authorization": "Bearer wrong"}) == 401
    assert post(service, path, {"Authorization": "Basic " + "x" * 10}) == 401
    assert post(service, path, {"Authorization": "Bearer "}) == 401
    bearer = {"Authorization": f"Bearer {TOKEN}".encode()}
    assert post(service, path, bearer) == status  # type: ignore[arg-type]


@pytest.mark.parametrize(("path", "status"), WRITES)
def test_signing_in_on_the_page_is_as_good(service: Service, path: str, status: int) -> None:
    sign_in(service)
    assert post(service, path, OURS) == status
    assert post(service, path, {"Sec-Fetch-Site": "same-origin"}) == status


def test_a_link_on_another_site_does_nothing_for_who_is_signed_in(service: Service) -> None:
    sign_in(service)
    assert service.get("/travis/owner/name/1").status_code == 401
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert service.get("/travis/owner/name/1", headers=elsewhere).status_code == 403
    assert service.get("/travis/owner/name/1", headers={"Sec-Fetch-Site": "none"}).status_code == 202


def test_the_cookie_says_nothing_and_cannot_be_read_by_scripts(service: Service) -> None:
    answer = service.post("/sign-in", data={"token": TOKEN}, headers=OURS)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert TOKEN not in cookie
    assert answer.headers["location"] == "/imports"


@pytest.mark.parametrize(
    "cookie", ["", "x", "1.x", f"{2**40}.", f"{2**40}.{'0' * 64}", "²." + "0" * 64, "9" * 5000 + ".x"]
)
def test_a_made_up_cookie_is_nothing(service: Service, cookie: str) -> None:
    headers = {**OURS, "Cookie": f"{COOKIE}={cookie}".encode()}
    assert post(service, "/api/v1/imports", headers) == 401  # type: ignore[arg-type]


def test_a_session_ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(service)
    later = time.time() + SESSION + 1
    monkeypatch.setattr("buildtimetrend.web.http.auth.time.time", lambda: later)
    assert post(service, "/api/v1/imports", OURS) == 401


def test_a_session_does_not_outlive_its_token(service: Service, make_service: Callable[..., Service]) -> None:
    sign_in(service)
    other = make_service(admin_token="another")
    other.client.cookies = service.client.cookies
    assert post(other, "/api/v1/imports", OURS) == 401


def test_signing_out_ends_the_session(service: Service) -> None:
    sign_in(service)
    assert "Sign out" in service.get("/sign-in").text
    assert service.post("/sign-out", headers=OURS).status_code == 303
    assert post(service, "/api/v1/imports", OURS) == 401


def test_wrong_tokens_are_refused_and_limited(service: Service) -> None:
    statuses = [
        service.post("/sign-in", data={"token": "wrong"}, headers=OURS).status_code
        for _ in range(SIGN_INS.burst + 1)
    ]
    assert statuses == [401] * SIGN_INS.burst + [429]
    assert service.post("/sign-in", data={}, headers=OURS).status_code == 400


def test_the_pages_ask_for_signing_in(service: Service) -> None:
    page = service.get("/imports").text
    assert "/sign-in" in page
    assert 'action="/imports"' not in page
    sign_in(service)
    assert 'action="/imports"' in service.get("/imports").text


def test_reading_needs_no_token(service: Service) -> None:
    for path in ("/", "/dashboard", "/imports", "/stats", "/api/v1/projects", "/api/v1/imports", "/docs"):
        assert service.get(path).status_code == 200


def test_without_a_token_there_is_nothing_to_sign_in_to(make_service: Callable[..., Service]) -> None:
    service = make_service()
    assert service.post("/sign-in", data={"token": "anything"}, headers=OURS).status_code == 401
    assert "nothing to sign in to" in service.get("/sign-in").text


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "http://a]b", "null", "", "http://\u2100.example"]
)
@pytest.mark.parametrize("path", ["/imports", "/sign-in", "/sign-out", "/api/v1/imports"])
def test_an_origin_that_is_no_address_is_another_site(service: Service, path: str, origin: str) -> None:
    form = {"provider": "travis", "repo": "owner/name", "first_build": "1", "token": TOKEN}
    headers = {"Origin": origin.encode(), "Cookie": f"{COOKIE}=1.x"}
    body = {"json": IMPORT} if path.startswith("/api") else {"data": form}
    assert service.client.post(path, headers=headers, **body).status_code in (401, 403)


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("anything at all", "unknown"),
        ("", "unknown"),
    ],
)
def test_clients_are_counted_by_what_they_cannot_choose(host: str, counted: str) -> None:
    scope = {"type": "http", "client": (host, 1), "headers": []}
    assert client_of(HTTPConnection(scope)) == counted
    assert client_of(HTTPConnection({"type": "http", "client": None, "headers": []})) == "unknown"


def test_attempts_to_sign_in_are_limited_however_many_addresses_they_name(service: Service) -> None:
    behind_proxy = ProxyHeadersMiddleware(service.app, "testclient")  # type: ignore[arg-type]
    client = type(service.client)(behind_proxy, follow_redirects=False)  # type: ignore[arg-type]

    def attempt(number: int) -> int:
        headers = {"X-Forwarded-For": f"192.0.{number // 250}.{number % 250}"}
        return int(client.post("/sign-in", data={"token": "guess"}, headers=headers).status_code)

    statuses = [attempt(number) for number in range(ALL_SIGN_INS.burst)]
    assert statuses == [401] * ALL_SIGN_INS.burst
    assert 429 in [attempt(number) for number in range(1000, 1000 + ALL_SIGN_INS.burst)]


def wrong_bearer(service: Service, number: int = 0) -> Any:
    headers = {"Authorization": f"Bearer guess {number}"}
    return service.post("/api/v1/builds", content=b"{}", headers=headers)


def test_guesses_of_the_bearer_token_are_limited_and_told_when_to_try_again(service: Service) -> None:
    answers = [wrong_bearer(service, number) for number in range(SIGN_INS.burst + 1)]
    assert [answer.status_code for answer in answers] == [401] * SIGN_INS.burst + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert answers[-1].json()["error"]["code"] == "too_many_requests"


@pytest.mark.parametrize(("path", "status"), WRITES)
def test_whoever_has_the_token_is_served_whatever_others_guess_from_the_same_address(
    service: Service, path: str, status: int
) -> None:
    while wrong_bearer(service).status_code != 429:
        pass
    bearer = {"Authorization": f"Bearer {TOKEN}".encode()}
    assert [post(service, path, bearer) for _ in range(3)].count(429) == 0  # type: ignore[arg-type]
    sign_in(service)
    assert post(service, path, {"Authorization": "Bearer guess"}) == 429
    assert post(service, path, OURS) in (status, 202)


def test_pages_and_bearers_share_one_limit(service: Service) -> None:
    for _ in range(SIGN_INS.burst):
        assert wrong_bearer(service).status_code == 401
    assert service.post("/sign-in", data={"token": "wrong"}, headers=OURS).status_code == 429
    assert post(service, "/api/v1/imports", {"Authorization": "Bearer wrong"}) == 429


def test_who_says_no_token_does_not_guess(service: Service) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}):
        statuses = {post(service, "/api/v1/imports", headers) for _ in range(SIGN_INS.burst + 5)}
        assert statuses == {401}


def test_guesses_of_keens_keys_are_limited_and_the_right_one_is_served(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(keen_project_id="p", keen_read_key="right")
    here = "/3.0/projects/p"
    answers = [service.get(f"{here}?api_key=guess{number}") for number in range(SIGN_INS.burst + 1)]
    assert [answer.status_code for answer in answers] == [401] * SIGN_INS.burst + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["error_code"] == "TooManyRequestsError"
    assert service.get(f"{here}?api_key=right").status_code == 200
    assert service.get(here).status_code == 401
