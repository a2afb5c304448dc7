from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.model import LIST, BuildRef, Import, Origin, Task, TaskState
from buildtimetrend.providers import open_provider
from buildtimetrend.providers.base import Latest
from buildtimetrend.settings import Settings
from buildtimetrend.web.imports import finishes_at
from tests.web.conftest import Service, a_build

WANTED = {"provider": "travis", "repo": "owner/name", "first": 5, "last": 8}


def test_an_import_can_be_asked_for_followed_and_canceled(service: Service) -> None:
    answer = service.post("/api/v1/imports", json=WANTED)
    assert answer.status_code == 202
    created = answer.json()
    assert (created["scheduled"], created["warnings"]) == (4, [])
    path = f"/api/v1/imports/{created['id']}"
    first, second, *_ = service.tasks.tasks.values()
    service.tasks.end(first, TaskState.DONE)
    service.tasks.end(second, TaskState.FAILED, "gone")
    progress = service.get(path).json()
    assert {k: progress[k] for k in ("total", "waiting", "done", "failed", "finished_at")} == {
        "total": 4, "waiting": 2, "done": 1, "failed": 1, "finished_at": None,
    }  # fmt: skip
    failed = service.get(f"{path}/tasks?state=failed").json()["tasks"]
    assert [(task["number"], task["reason"]) for task in failed] == [("6", "gone")]
    assert len(service.get(f"{path}/tasks").json()["tasks"]) == 4
    assert service.post(f"{path}/cancel").json() == {"canceled": 2}
    assert service.get(path).json()["finished_at"] is not None
    assert [task["id"] for task in service.get("/api/v1/tasks?state=done").json()["tasks"]] == [first.id]


def test_imports_and_tasks_of_a_denied_repo_are_not_shown(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("secret",))
    now = datetime.now(UTC)
    batch = Import("i1", "travis", "secret/name", 1, 1, now)
    ref = BuildRef("travis", "https://api.travis-ci.com", "secret/name", number="1")
    service.store.add_tasks([Task("t1", ref, Origin.IMPORT, now, now, import_id="i1")], batch).result(60)
    assert service.get("/api/v1/imports").json() == {"imports": []}
    assert service.get("/api/v1/tasks").json() == {"tasks": []}
    assert service.get("/api/v1/imports/i1").status_code == 404
    assert service.get("/api/v1/imports/i1/tasks").status_code == 404
    assert "secret" not in service.get("/imports").text


def test_a_failed_task_can_be_tried_again(service: Service) -> None:
    service.post("/api/v1/imports", json=WANTED)
    task = next(iter(service.tasks.tasks.values()))
    assert service.post(f"/api/v1/tasks/{task.id}/retry").status_code == 404
    service.tasks.end(task, TaskState.FAILED, "gone")
    assert service.post(f"/api/v1/tasks/{task.id}/retry").json() == {"id": task.id}
    assert service.tasks.tasks[task.id].state == TaskState.WAITING


ELSEWHERE = "https://gitlab.com/owner/name"


def test_an_address_where_another_ci_builds_is_refused_and_says_which(service: Service) -> None:
    """There another repo may have that name."""
    said = "builds nothing of gitlab.com: choose travis or gitlab, or give owner/name."
    for name in ("github", "gitlab"):
        service.providers[name] = open_provider(Settings.of().section(name))  # type: ignore[index]
    wanted = {"provider": "github", "repo": ELSEWHERE, "builds": "5"}
    for answer in (
        service.post("/api/v1/imports", json=wanted),
        service.post("/api/v1/providers/github/check", json={"repo": ELSEWHERE}),
        service.post("/imports", data=wanted),
    ):
        assert answer.status_code == 422
        assert said in answer.text
    assert not service.tasks.tasks
    for repo in ("https://github.com/owner/name", "https://git.example.org/owner/name", "owner/name"):
        assert service.post("/api/v1/imports", json={**wanted, "repo": repo}).status_code == 202
    for name in ("github", "gitlab"):
        service.providers[name].close()


def test_numbers_that_several_builds_may_have_are_listed(service: Service) -> None:
    """As GitHub's, of which each workflow counts its own; ids of runs are taken as well."""
    github = open_provider(Settings.of().section("github"))
    with closing(github):
        service.providers["github"] = github  # type: ignore[index]
        for numbers, said in (({"first": 5, "last": 8}, "5-8"), ({"builds": "20123456789"}, "20123456789")):
            wanted = {"provider": "github", "repo": "owner/name", **numbers}
            created = service.post("/api/v1/imports", json=wanted).json()
            assert (created["scheduled"], created["listing"]) == (0, True)
            assert service.get(f"/api/v1/imports/{created['id']}").json()["selection"] == said
    assert {task.ref.number for task in service.tasks.tasks.values()} == {LIST}
    assert github.requests() == 0


@pytest.mark.parametrize(
    ("settings", "first"),
    [({}, "travis"), ({"github_token": "t"}, "github"), ({"travis_token": "t"}, "travis")],
)
def test_the_ci_whose_token_is_set_is_offered_first(
    make_service: Callable[..., Service], settings: dict[str, str], first: str
) -> None:
    """Who pastes a name, and chooses nothing else, means that one."""
    service = make_service(**settings)
    with closing(open_provider(service.settings.section("github"))) as github:
        service.providers["github"] = github  # type: ignore[index]
        for path in ("/", "/imports"):
            page = service.get(path).text
            chosen = page[page.index('name="provider"') :]
            assert re.findall(r"<option[^>]*>(\w+)", chosen)[0] == first


def test_imports_come_in_pages(service: Service) -> None:
    ids = [service.post("/api/v1/imports", json=WANTED).json()["id"] for _ in range(3)]
    pages = [service.get(f"/api/v1/imports?limit=2&offset={n}").json()["imports"] for n in (0, 2)]
    assert [[each["id"] for each in page] for page in pages] == [ids[:0:-1], ids[:1]]


def test_no_more_builds_than_the_settings_allow_are_scheduled(make_service: Callable[..., Service]) -> None:
    service = make_service(multi_import_max_builds=3)
    created = service.post("/api/v1/imports", json={**WANTED, "last": 1000}).json()
    assert created["scheduled"] == 3
    assert "at most 3 builds" in created["warnings"][0]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"repo": "owner"}, 422, "repo"),
        ({"repo": "owner/<script>"}, 422, "repo"),
        ({"repo": 1}, 422, "repo"),
        ({"first": 0}, 422, "first"),
        ({"first": 10**12}, 422, "first"),
        ({"first": "five"}, 422, "first"),
        ({"first": None}, 422, "first"),
        ({"last": 4}, 422, "last"),
        ({"provider": "jenkins"}, 404, "provider"),
    ],
)
def test_a_wrong_field_is_named(shared: Service, change: dict[str, object], status: int, field: str) -> None:
    answer = shared.post("/api/v1/imports", json={**WANTED, **change})
    assert answer.status_code == status
    assert answer.json()["error"]["detail"] == field
    assert not shared.tasks.tasks


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"repo": "\\ud800/x", "first": 1}'])
def test_a_body_that_is_not_what_is_wanted_gets_422(shared: Service, body: bytes) -> None:
    answer = shared.post("/api/v1/imports", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


def test_a_body_that_is_too_large_gets_413(shared: Service) -> None:
    answer = shared.post("/api/v1/imports", content=b" " * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_denied_repos_are_refused_everywhere(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("owner/",))
    assert service.post("/api/v1/imports", json=WANTED).status_code == 403
    form = {"provider": "travis", "repo": "owner/name", "first_build": "1"}
    assert service.post("/imports", data=form).status_code == 403


def test_the_form_schedules_an_import_that_the_page_shows(service: Service) -> None:
    form = {"provider": "travis", "repo": "owner/name", "first_build": "3", "last_build": "4"}
    answer = service.post("/imports", data=form, headers={"Origin": "http://testserver"})
    assert answer.status_code == 202
    assert "2 builds of owner/name are scheduled" in answer.text
    page = service.get("/imports").text
    assert "3\N{EN DASH}4" in page
    task = next(iter(service.tasks.tasks.values()))
    service.tasks.end(task, TaskState.FAILED, "<b>no such build</b>")
    page = service.get("/imports").text
    assert "&lt;b&gt;no such build&lt;/b&gt;" in page
    assert service.post(f"/tasks/{task.id}/retry").status_code == 303
    assert service.post(f"/imports/{task.import_id}/cancel").status_code == 303


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"repo": ""}, "“” is no project of travis: give owner/name, or its address."),
        ({"repo": "owner"}, "“owner” is no project of travis: give owner/name, or its address."),
        ({"repo": "a/b/c"}, "“a/b/c” is no project of travis: give owner/name, or its address."),
        ({"first_build": "", "last_build": "7"}, "First build must be a build number: "),
        ({"last_build": "x"}, "Last build must be a build number: "),
        ({"builds": "all of it"}, "Give builds in words or by their numbers, not both."),
    ],
)
def test_a_wrong_field_of_the_form_is_named_on_the_page_as_it_is_called_there(
    shared: Service, change: dict[str, str], said: str
) -> None:
    form = {"provider": "travis", "repo": "owner/name", "first_build": "3", **change}
    answer = shared.post("/imports", data=form)
    assert answer.status_code == 400
    assert said in answer.text
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/imports", "/imports/x/cancel", "/tasks/x/retry", "/sign-in", "/sign-out", "/api/v1/imports"]
)
def test_forms_of_other_sites_are_refused(
    make_service: Callable[..., Service], path: str, headers: dict[str, str]
) -> None:
    service = make_service(admin_token="" if "sign" not in path else "token")
    form = {"provider": "travis", "repo": "owner/name", "first_build": "3", "token": "token"}
    body = {"json": WANTED} if path.startswith("/api") else {"data": form}
    answer = service.post(path, headers=headers, **body)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert not service.tasks.tasks


def test_no_more_is_taken_while_too_many_builds_wait(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.tasks, "depth", lambda: {"waiting.import": 19_990, "running.import": 9999})
    assert service.post("/api/v1/imports", json=WANTED | {"last": 14}).status_code == 202
    for answer in (
        service.post("/api/v1/imports", json=WANTED | {"last": 15}),
        service.get("/travis/owner/name/5/15"),
        service.post("/imports", data={**WANTED, "first_build": "5", "last_build": "15"}),
    ):
        assert answer.status_code == 429
        assert "19990 builds wait" in answer.text
        assert answer.headers["retry-after"] == "60"


def test_failed_builds_are_tried_again_together(service: Service) -> None:
    created = service.post("/api/v1/imports", json=WANTED).json()
    for task in list(service.tasks.tasks.values())[:2]:
        service.tasks.end(task, TaskState.FAILED, "no such build")
    page = service.get("/imports").text
    assert "Why builds failed" in page
    assert "Retry all failed" in page
    assert service.post(f"/imports/{created['id']}/retry").status_code == 303
    assert service.get(f"/api/v1/imports/{created['id']}").json()["failed"] == 0
    assert service.post("/api/v1/tasks/retry").json() == {"retried": 0}
    assert service.post(f"/api/v1/imports/{created['id']}/retry").json() == {"retried": 0}
    assert service.post("/api/v1/imports/nothing/retry").status_code == 404
    assert service.post("/tasks/retry", headers={"Origin": "http://elsewhere"}).status_code == 403


def test_an_import_ends_by_the_rate_of_its_last_builds() -> None:
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    found = {"created_at": now - timedelta(minutes=1), "waiting": 5, "running": 1}
    pace = {"ended": 2, "last_due_at": now}
    assert finishes_at(found, pace, now) == now + timedelta(minutes=3)
    later = now + timedelta(hours=1)
    assert finishes_at(found, pace | {"last_due_at": later}, now) == later
    assert finishes_at(found, pace | {"ended": 1}, now) is None
    assert finishes_at(found, None, now) is None


def test_a_form_with_a_project_alone_asks_for_the_latest_builds(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def select(repo: str, selection: Latest) -> Iterator[BuildRef]:
        asked.append((repo, selection.number))
        return iter([BuildRef("travis", "https://api.travis-ci.com", repo, number="7")])

    monkeypatch.setattr(service.providers["travis"], "select", select)
    answer = service.post("/imports", data={"provider": "travis", "repo": "owner/name"})
    assert answer.status_code == 202
    assert asked == [("owner/name", service.settings.multi_import_max_builds)]


def test_what_cannot_be_asked_for_stays_in_the_form(service: Service) -> None:
    form = {"provider": "travis", "repo": "owner/name", "first_build": "first", "last_build": "7"}
    answer = service.post("/imports", data=form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert 'value="owner/name"' in answer.text
    assert 'value="first" aria-invalid="true"' in answer.text


NO_REPO = "api.travis-ci.com knows no owner/nmae that this service may see (404)."
AWAY = "api.travis-ci.com could not be reached: [Errno 111] Connection refused."


def test_why_builds_fail_stands_with_their_import_and_nothing_leads_to_a_page_that_is_not_there(
    service: Service,
) -> None:
    created = service.post("/api/v1/imports", json={"repo": "owner/nmae", "first": 1, "last": 3}).json()
    for task in list(service.tasks.tasks.values()):
        service.tasks.end(task, TaskState.FAILED, NO_REPO)
    found = service.get(f"/api/v1/imports/{created['id']}").json()
    assert [(reason["reason"], reason["builds"], reason["state"]) for reason in found["reasons"]] == [
        (NO_REPO, 3, "failed")
    ]
    assert found["known"] is False
    page = service.get("/imports").text
    section = page[page.index("<section") : page.index("</section>")]
    assert section.index(NO_REPO) < section.index("<progress")
    assert "3 builds failed" in section
    assert 'value="0"' in section  # nothing came: the bar is not full
    for address in ("/imports", "/dashboard"):
        assert 'href="/dashboard/owner/nmae"' not in service.get(address).text
    assert NO_REPO in service.get("/dashboard").text


def test_a_task_that_waits_for_another_try_says_why(service: Service) -> None:
    created = service.post("/api/v1/imports", json={"repo": "owner/name", "first": 1, "last": 4}).json()
    for task in list(service.tasks.tasks.values())[:3]:
        service.tasks.end(task, TaskState.WAITING, AWAY)
    (reason,) = service.get(f"/api/v1/imports/{created['id']}").json()["reasons"]
    assert (reason["reason"], reason["builds"], reason["state"]) == (AWAY, 3, "waiting")
    assert reason["next_try_at"]
    page = service.get("/imports").text
    assert re.search(r"Connection refused\. <span[^>]*>3 builds wait; next try <time", page)


def test_a_repo_with_builds_is_linked_from_its_imports(service: Service) -> None:
    service.tasks.land(a_build(1))
    service.post("/api/v1/imports", json={"repo": "owner/name", "first": 1})
    assert 'href="/dashboard/owner/name"' in service.get("/imports").text


def test_reasons_that_differ_in_the_number_of_their_build_are_one(service: Service) -> None:
    created = service.post("/api/v1/imports", json={"repo": "owner/name", "first": 403, "last": 405}).json()
    for task in list(service.tasks.tasks.values()):
        service.tasks.end(task, TaskState.FAILED, f"owner/name has no build {task.ref.number} (404).")
    (reason,) = service.get(f"/api/v1/imports/{created['id']}").json()["reasons"]
    assert (reason["reason"], reason["builds"]) == ("owner/name has no build of that number (404).", 3)
    page = service.get("/imports").text
    assert page.count("has no build of that number") == 2  # with its import, and under why builds failed
