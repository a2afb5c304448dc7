from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest

from buildtimetrend.web.http.rate_limits import PER_CLIENT, PER_REPO
from tests.web.conftest import Service


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/travis/owner/name/0", "first_build"),
        ("/travis/owner/name/-1", "first_build"),
        ("/travis/owner/name/1.5", "first_build"),
        ("/travis/owner/name/one", "first_build"),
        ("/travis/owner/name/99999999999", "first_build"),
        ("/travis/owner/name/%D9%A1", "first_build"),
        ("/travis/owner/name/1%0A", "first_build"),
        ("/travis/owner/name/1/x", "last_build"),
        ("/travis/owner/name/1/0", "last_build"),
        ("/travis/owner/name", "first_build"),
        ("/travis/owner", "repo_name"),
        ("/travis/ow%20ner/name/1", "repo_owner"),
        ("/travis/%3Cscript%3E/name/1", "repo_owner"),
        ("/travis/owner/../1", None),
        ("/travis/owner/%2E%2E/1", None),
        (f"/travis/owner/{'n' * 200}/1", "repo_name"),
    ],
)
def test_a_bad_parameter_is_named_and_not_repeated(shared: Service, path: str, parameter: str | None) -> None:
    answer = shared.get(path)
    assert answer.status_code in (400, 404)
    if parameter:
        assert parameter in answer.text
    assert "<script>" not in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert not shared.tasks.tasks


def test_a_last_build_below_the_first_is_ignored_with_a_warning(service: Service) -> None:
    answer = service.get("/travis/owner/name/5/3")
    assert answer.status_code == 202
    warning, line = answer.text.splitlines()
    assert warning == "Warning: last_build 3 is below first_build 5: only 5 is scheduled."
    assert "build 5 is scheduled" in line
    assert len(service.tasks.tasks) == 1


def test_a_batch_is_an_import_that_can_be_followed(service: Service) -> None:
    service.get("/travis/owner/name/5/7")
    (known,) = service.get("/api/v1/imports").json()["imports"]
    assert (known["repo"], known["first"], known["last"], known["total"]) == ("owner/name", 5, 7, 3)


def test_open_imports_are_limited_for_each_repo(service: Service) -> None:
    statuses = [service.get("/travis/owner/name/1").status_code for _ in range(PER_REPO.burst + 1)]
    assert statuses == [202] * PER_REPO.burst + [429]
    answer = service.get("/travis/owner/name/1")
    assert int(answer.headers["retry-after"]) >= 1
    assert service.get("/travis/owner/other/1").status_code == 202


def test_open_imports_are_limited_for_each_client(service: Service) -> None:
    statuses = [service.get(f"/travis/owner/name{i}/1").status_code for i in range(PER_CLIENT.burst + 1)]
    assert statuses == [202] * PER_CLIENT.burst + [429]


def test_with_an_admin_token_imports_need_it(make_service: Callable[..., Service]) -> None:
    service = make_service(admin_token="let me in")
    assert service.get("/travis/owner/name/1").status_code == 401
    wrong = {"Authorization": "Bearer let me out"}
    assert service.get("/travis/owner/name/1", headers=wrong).status_code == 401
    right = {"Authorization": "Bearer let me in"}
    for _ in range(PER_CLIENT.burst + 1):
        assert service.get("/travis/owner/name/1", headers=right).status_code == 202


@pytest.mark.parametrize(
    "value", ["<script>alert(1)</script>", "a\r\nSet-Cookie: x=y", "\x00", "ä/ö", "%", "'\""]
)
def test_hostile_names_are_never_reflected(shared: Service, value: str) -> None:
    answer = shared.get(f"/travis/{quote(value, safe='')}/name/1")
    assert answer.status_code in (400, 404)
    assert value not in answer.text or value == "%"
    assert "set-cookie" not in answer.headers


def test_a_browser_is_led_to_the_import_with_the_same_words(service: Service) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = service.get("/travis/owner/name/1/3", headers=browser)
    assert (answer.status_code, answer.headers["content-type"]) == (202, "text/html; charset=utf-8")
    assert 'href="/imports"' in answer.text
    assert 'data-import="' in answer.text
    for number in (1, 2, 3):
        assert f"owner/name build {number} is scheduled as task" in answer.text
    plain = service.get("/travis/owner/name/1", headers={"Accept": "*/*"})
    assert plain.headers["content-type"].startswith("text/plain")
