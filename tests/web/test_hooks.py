from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from buildtimetrend.model import TaskState
from buildtimetrend.web.http.body_limits import MAX_BODY
from tests.web.conftest import Service
from tests.web.notifications import notification

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("path", ["/travis", "/hooks/travis"])
def test_a_notification_is_on_disk_with_its_task_before_the_answer(service: Service, path: str) -> None:
    answer = service.post(path, data={"payload": notification(number=9)})
    assert answer.status_code == 202
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "owner/name build 9 is scheduled.\n"
    stored = service.store.select("SELECT provider, repo, payload FROM delivery")
    assert (stored["provider"], stored["repo"]) == (["travis"], ["owner/name"])
    assert stored["payload"] == [notification(number=9)]
    (task,) = service.store.open_tasks()
    assert (task.ref.number, task.state) == ("9", TaskState.WAITING)


def test_a_replay_is_acknowledged_and_causes_nothing(service: Service) -> None:
    for said in ("is scheduled", "was received before; nothing is to be done"):
        answer = service.post("/travis", data={"payload": notification()})
        assert answer.status_code == 202
        assert said in answer.text
    assert len(service.store.open_tasks()) == 1


def _escaped(text: str) -> str:
    """Every byte as a percent escape, where `quote_plus` leaves most of them."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


@pytest.mark.parametrize(
    "form",
    [
        f"payload={quote_plus(notification())}&x=1",
        f"x=1&&y&payload={quote_plus(notification())}",
        f"payload={_escaped(notification())}",
        f"payload={quote_plus(notification()).replace('%7B', '%7b').replace('%3A', '%3a')}",
        f"payload={quote(notification())}",
        f"%70ayload=other&Payload=another&payload={quote_plus(notification())}",
    ],
)
@pytest.mark.parametrize("path", ["/travis", "/hooks/travis", "/travis?x=1"])
@pytest.mark.parametrize("headers", [FORM, {"Content-Type": f"{FORM['Content-Type']};charset=x", "X": "1"}])
def test_a_payload_in_another_form_is_a_replay(
    service: Service, form: str, path: str, headers: dict[str, str]
) -> None:
    service.post("/travis", data={"payload": notification()})
    (task,) = service.store.open_tasks()
    service.tasks.end(task, TaskState.DONE)
    answer = service.post(path, content=form.encode(), headers=headers)
    assert "was received before" in answer.text
    assert service.store.open_tasks() == []
    assert len(service.store.select("SELECT id FROM delivery")["id"]) == 1


def test_two_payloads_in_one_form_are_refused(service: Service) -> None:
    one, other = quote_plus(notification()), quote_plus(notification(number=2))
    assert service.post("/travis", content=f"payload={one}&payload={other}", headers=FORM).status_code == 400
    assert service.store.select("SELECT id FROM delivery")["id"] == []


def test_a_build_that_still_runs_is_acknowledged_and_causes_nothing(service: Service) -> None:
    answer = service.post("/travis", data={"payload": notification(state="started")})
    assert answer.status_code == 202
    assert "has not finished" in answer.text
    assert "nothing is to be done" in answer.text
    assert service.store.open_tasks() == []
    assert len(service.store.select("SELECT id FROM delivery")["id"]) == 1


def test_an_unsigned_notification_is_refused(make_service: Callable[..., Service]) -> None:
    service = make_service(travis_verify=True)
    answer = service.post("/hooks/travis", data={"payload": notification()})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"
    assert service.store.select("SELECT id FROM delivery")["id"] == []


@pytest.mark.parametrize("path", ["/travis", "/hooks/travis"])
@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_large_is_refused_while_it_arrives(shared: Service, path: str, told: bool) -> None:
    body = b"payload=" + b"x" * MAX_BODY
    chunks = [body[i : i + 65536] for i in range(0, len(body), 65536)]
    answer = shared.post(path, content=body if told else iter(chunks), headers=FORM)
    assert answer.status_code == 413
    assert "bytes at most" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=nonsense",
        b"payload=%5B%5D",
        b"payload=null",
        b"payload=%7B%7D",
        b"payload=%FF%FE",
        b"payload=%00",
        b"other=1",
        b"&&&=&=",
        b"\xff\xfe\x00",
        b"payload=" + quote_plus("[" * 50_000).encode(),
        b"payload=" + quote_plus('{"a":' * 50_000).encode(),
        b"payload=" + quote_plus('{"id": ' + "9" * 5000 + "}").encode(),
        b"&".join(b"a%d=1" % i for i in range(2000)),
    ],
)
@pytest.mark.parametrize("path", ["/travis", "/hooks/travis"])
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json", "x", ""])
def test_a_body_that_is_no_notification_is_refused_with_a_reason(
    shared: Service, path: str, body: bytes, content_type: str
) -> None:
    answer = shared.post(path, content=body, headers={"Content-Type": content_type})
    assert answer.status_code in (400, 401, 415, 422)
    assert len(answer.text) > 10
    assert shared.store.select("SELECT id FROM delivery")["id"] == []


@pytest.mark.parametrize(
    "repo",
    [None, 1, [], {}, {"name": "x"}, {"name": "<b>", "owner_name": "<i>"}, {"name": [], "owner_name": {}}],
)
def test_a_notification_without_a_proper_repo_is_refused(shared: Service, repo: object) -> None:
    answer = shared.post("/travis", data={"payload": notification(repository=repo)})
    assert answer.status_code in (400, 422)
    assert "<" not in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/travis", "/hooks/travis"])
def test_other_methods_are_refused(shared: Service, path: str, method: str) -> None:
    answer = shared.client.request(method, path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


def test_a_provider_that_is_not_known_is_not_found(shared: Service) -> None:
    answer = shared.post("/hooks/jenkins", data={"payload": notification()})
    assert answer.status_code == 404
    assert answer.json()["error"]["detail"] == "provider"
