from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import anyio
import pytest

from buildtimetrend.errors import Error, PermanentError, StoreError, StoreUnavailable, TemporaryError
from buildtimetrend.model import BuildRef
from tests.web.conftest import Service, a_build

PATHS = [
    "/",
    "/dashboard",
    "/dashboard/owner/name",
    "/stats",
    "/imports",
    "/sign-in",
    "/build/travis/owner/name/1",
    "/docs",
    "/openapi.json",
    "/api/v1/projects",
    "/api/v1/nothing",
    "/badge/owner/name",
    "/badge/nobody/nothing",
    "/healthz",
    "/readyz",
    "/metrics",
    "/robots.txt",
    "/static/now/css/base.css",
    "/static/nothing",
    "/travis",
    "/nothing",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_has_the_security_headers(shared: Service, path: str, method: str) -> None:
    headers = shared.client.request(method, path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-request-id"]


@pytest.mark.parametrize("path", [p for p in PATHS if not p.startswith(("/badge", "/api", "/openapi"))])
def test_no_page_has_inline_code_or_asks_others(shared: Service, path: str) -> None:
    text = shared.get(path).text
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert all(not code and 'src="/static/' in attributes for attributes, code in scripts)
    assert text.count("<script") == len(scripts)
    assert "style=" not in text
    assert "onclick" not in text
    assert 'src="http' not in text


def test_an_error_of_the_api_has_one_shape(shared: Service) -> None:
    for path in ("/api/v1/nothing", "/api/v1/projects/nobody/nothing", "/api/v1/imports/1", "/hooks/none/x"):
        answer = shared.get(path)
        assert answer.status_code == 404
        assert list(answer.json()) == ["error"]
        assert list(answer.json()["error"]) == ["code", "message", "detail"]


def test_an_error_of_a_page_shows_the_same_message(shared: Service) -> None:
    page, api = shared.get("/dashboard/nobody/nothing"), shared.get("/api/v1/projects/nobody/nothing")
    assert page.status_code == api.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert api.json()["error"]["message"] in page.text


@pytest.mark.parametrize(
    "path", ["/build/travis/owner/name/99999", "/findings/owner/name/zzz", "/dashboard/owner/name/more"]
)
def test_what_is_not_there_of_a_project_leads_to_the_project_and_to_no_other(
    service: Service, path: str
) -> None:
    for name in ("name", "names"):
        service.tasks.land(a_build(1, repo=f"owner/{name}"))
    page = service.get(path)
    assert page.status_code == 404
    assert '<a class="button primary" href="/builds/owner/name">Builds of owner/name</a>' in page.text
    assert "Did you mean" not in page.text
    assert "/dashboard/owner/names" not in page.text


def test_a_program_that_asks_for_a_page_gets_json(shared: Service) -> None:
    answer = shared.get("/nothing", headers={"Accept": "application/json"})
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/dashboard/owner/name", "/api/v1/projects/owner/name", "/imports"])
def test_an_error_inside_is_told_by_its_id_alone(
    service: Service, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    service.tasks.land(a_build(1))

    def broken(*_: object) -> None:
        raise RuntimeError("a secret in a traceback")

    service.store.select = broken  # type: ignore[method-assign, assignment]
    answer = service.get(path)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    request_id = answer.headers["x-request-id"]
    assert request_id in answer.text
    assert request_id in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "status"), [(StoreUnavailable("The store is away."), 503), (StoreError("SELECT secret"), 500)]
)
def test_an_error_of_the_store_says_no_more_than_it_may(
    service: Service, error: StoreError, status: int
) -> None:
    service.tasks.land(a_build(1))

    def broken(*_: object) -> None:
        raise error

    service.store.select = broken  # type: ignore[method-assign, assignment]
    answer = service.get("/api/v1/projects/owner/name")
    assert answer.status_code == status
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/dashboard/owner/name", "/api/v1/projects/owner/name"])
def test_what_a_driver_says_of_a_server_that_is_away_stays_in_the_log(
    service: Service, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    service.tasks.land(a_build(1))

    def broken(*_: object) -> None:
        secret = "user secret at db.example"
        raise StoreUnavailable(f"Cannot reach the store: {secret}", detail=secret) from OSError(secret)

    service.store.select = broken  # type: ignore[method-assign, assignment]
    answer = service.get(path)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert "secret" not in answer.text
    assert "secret" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/dashboard/owner/name", "/api/v1/projects/owner/name"])
def test_what_the_store_refuses_is_logged_under_its_id(
    service: Service, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    service.tasks.land(a_build(1))

    def broken(*_: object) -> None:
        raise StoreError("SELECT secret")

    service.store.select = broken  # type: ignore[method-assign, assignment]
    answer = service.get(path)
    assert answer.status_code == 500
    logged = capsys.readouterr().out
    assert logged.count("http.error") == 1
    assert answer.headers["x-request-id"] in logged
    assert "SELECT secret" in logged


@pytest.mark.parametrize("path", ["/dashboard/owner/name", "/api/v1/projects/owner/name"])
def test_a_store_that_is_away_is_a_line_without_a_traceback(
    service: Service, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    service.tasks.land(a_build(1))

    def broken(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    service.store.select = broken  # type: ignore[method-assign, assignment]
    assert service.get(path).status_code == 503
    logged = capsys.readouterr().out
    assert logged.count("http.unavailable") == 1
    assert "The disk is full." in logged
    assert "Traceback" not in logged


@pytest.mark.parametrize("refused", [PermanentError("GitHub answered 401."), TemporaryError("It is away.")])
def test_what_a_ci_refuses_is_a_line_without_a_traceback(
    service: Service, refused: Error, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where a token is wrong: the answer says so, and it is no fault of this service."""

    def select(*_: object) -> Iterator[BuildRef]:
        raise refused

    monkeypatch.setattr(service.providers["travis"], "select", select)
    wanted = {"provider": "travis", "repo": "owner/name", "builds": "latest 5"}
    answer = service.post("/api/v1/imports", json=wanted)
    assert (answer.status_code, answer.json()["error"]["message"]) == (refused.status, refused.message)
    logged = capsys.readouterr().out
    assert refused.message in logged
    assert "Traceback" not in logged


def test_who_hangs_up_amid_a_body_is_no_error(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    messages: list[dict[str, object]] = [
        {"type": "http.request", "body": b"payload=", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/travis",
        "query_string": b"",
        "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
    }
    anyio.run(service.app, scope, receive, send)
    assert sent == []
    assert "error" not in capsys.readouterr().out
    assert 'group="travis",method="POST",status="499"' in service.get("/metrics").text


def test_nothing_hostile_comes_back(shared: Service) -> None:
    for path in (
        "/dashboard/<script>x</script>/y",
        "/<script>x</script>",
        "/build/<b>/<i>/x/1",
        "/hooks/<b>",
    ):
        answer = shared.get(path)
        assert answer.status_code in (404, 405)
        assert "<script>" not in answer.text
        assert "<b>" not in answer.text


def test_a_trailing_slash_leads_to_the_page_and_never_elsewhere(shared: Service) -> None:
    assert shared.get("/stats/?timeframe=day").headers["location"] == "/stats?timeframe=day"
    assert shared.get("http://testserver//evil.example/").headers["location"] == "/evil.example"
    assert not shared.get("http://testserver/%5Cevil.example/").headers["location"].startswith(("/\\", "//"))


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"]
)
def test_static_files_are_only_those_of_the_folder(shared: Service, path: str) -> None:
    assert shared.get(path).status_code == 404


def test_health_and_readiness(service: Service) -> None:
    assert service.get("/healthz").json() == {"status": "ok"}
    assert service.get("/readyz").json() == {"status": "ready"}
    service.tasks.alive = False
    answer = service.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error"]["detail"] == "tasks"
    assert service.get("/healthz").status_code == 200


def test_robots_are_kept_off_travis(shared: Service) -> None:
    assert shared.get("/robots.txt").text == "User-agent: *\nDisallow: /travis\n"


def test_metrics_count_requests_deliveries_and_builds(make_service: Callable[..., Service]) -> None:
    service = make_service()
    service.tasks.land(a_build(1))
    service.get("/badge/owner/name")
    service.get("/badges/owner/name")
    service.get("/compare/owner/name")
    service.get("/travis/owner/name/1")
    service.post("/travis", data={"payload": "nonsense"})
    text = service.get("/metrics").text
    for group in ("badge", "badges", "compare"):
        assert f'buildtimetrend_http_requests_total{{group="{group}",method="GET",status="200"}} 1.0' in text
    assert 'buildtimetrend_deliveries_total{outcome="invalid",provider="travis"} 1.0' in text
    assert 'buildtimetrend_builds_saved_total{repo="owner/name"} 1.0' in text
    assert 'buildtimetrend_tasks{origin="request",state="waiting"} 1.0' in text
