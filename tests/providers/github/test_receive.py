"""Webhooks: what is believed, what is refused and why."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from buildtimetrend.errors import BadRequest, Error, Invalid, Unauthorized
from buildtimetrend.providers.base import Received
from buildtimetrend.providers.github import GitHub
from tests.providers.github.answers import REPO, job, run
from tests.providers.github.conftest import Opener

SECRET = "s3cret"
FORM = "application/x-www-form-urlencoded"


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def received(payload: Any, event: str = "workflow_run", **headers: Any) -> Received:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    given = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-hub-signature-256": signature(body),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Received({name: value for name, value in given.items() if value is not None}, body)


def of_run(**changes: Any) -> dict[str, Any]:
    return {"action": "completed", "workflow_run": run(**changes), "repository": {"full_name": REPO}}


def test_a_run_that_completed_is_to_be_fetched(github: GitHub) -> None:
    hook = github.receive(received(of_run(run_attempt=2)))
    assert hook.ref is not None
    assert (hook.ref.repo, hook.ref.id, hook.ref.number, hook.ref.attempt) == (REPO, "9001", "7", 2)
    assert (hook.finished, hook.state) == (True, "success")


def test_it_may_come_as_a_form_signed_as_it_came(github: GitHub) -> None:
    payload = json.dumps(of_run(display_title="50% ü + more"))
    body = f"payload={quote_plus(payload)}".encode()
    hook = github.receive(received(body, content_type=FORM))
    assert hook.payload == payload.encode()
    assert hook.finished
    with pytest.raises(Invalid, match="payload"):
        github.receive(received(b"other=1", content_type=FORM))


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "queued", "conclusion": None}, "queued"),
        ({"status": "in_progress", "conclusion": None}, "in_progress"),
        ({"conclusion": "action_required"}, "action_required"),
    ],
)
def test_a_run_that_goes_on_is_not_finished(github: GitHub, changes: dict[str, Any], state: str) -> None:
    hook = github.receive(received(of_run(**changes)))
    assert (hook.finished, hook.state) == (False, state)


def test_a_job_names_its_run_and_says_nothing_of_its_end(github: GitHub) -> None:
    payload = {"action": "completed", "workflow_job": job(), "repository": {"full_name": REPO}}
    hook = github.receive(received(payload, "workflow_job"))
    assert hook.ref is not None
    assert (hook.ref.id, hook.ref.attempt, hook.finished, hook.state) == ("9001", 1, False, "job success")


@pytest.mark.parametrize("event", ["ping", "check_run", "push"])
def test_other_events_name_no_build(github: GitHub, event: str) -> None:
    hook = github.receive(received({"zen": "Keep it logically awesome."}, event))
    assert (hook.ref, hook.finished, hook.state) == (None, False, event)


@pytest.mark.parametrize(
    "headers",
    [
        {"x_hub_signature_256": None},
        {"x_hub_signature_256": None, "x_hub_signature": "sha1=0"},
        {"x_hub_signature_256": ""},
        {"x_hub_signature_256": "sha256="},
        {"x_hub_signature_256": "sha256=ü"},
        {"x_hub_signature_256": signature(b"another body")},
        {"x_hub_signature_256": signature(json.dumps(of_run()).encode(), "another secret")},
        {"x_hub_signature_256": signature(json.dumps(of_run()).encode()).removeprefix("sha256=")},
    ],
)
def test_what_is_not_signed_with_the_secret_is_refused(github: GitHub, headers: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized) as refused:
        github.receive(received(of_run(), **headers))
    assert refused.value.detail == "x-hub-signature-256"


def test_the_bytes_are_signed_not_what_they_mean(github: GitHub) -> None:
    body = json.dumps(of_run()).encode()
    with pytest.raises(Unauthorized):
        github.receive(Received(received(body).headers, body + b" "))


def test_without_a_secret_nothing_is_believed_unless_that_is_wanted(opened: Opener) -> None:
    with pytest.raises(Unauthorized, match=r"github\.webhook_secret"):
        opened().receive(received(of_run()))
    unsigned = received(of_run(), x_hub_signature_256=None)
    assert opened(github_verify=False).receive(unsigned).finished
    with_secret = opened(github_verify=False, github_webhook_secret=SECRET)
    assert with_secret.receive(unsigned).finished
    with pytest.raises(Unauthorized):
        with_secret.receive(received(of_run(), x_hub_signature_256="sha256=0"))


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ([], "(top)"),
        ({"repository": {"full_name": REPO}}, "workflow_run"),
        ({"workflow_run": {**run(), "id": None}, "repository": {"full_name": REPO}}, "workflow_run.id"),
        ({"workflow_run": run(status=7), "repository": {"full_name": REPO}}, "workflow_run.status"),
        (
            {"workflow_run": run(run_attempt="x"), "repository": {"full_name": REPO}},
            "workflow_run.run_attempt",
        ),
        ({"workflow_run": run()}, "repository"),
        ({"workflow_run": run(), "repository": {"full_name": "../.."}}, "repository.full_name"),
        (b"{", "payload"),
        (b"", "payload"),
    ],
)
def test_a_payload_that_cannot_be_read_names_its_field(github: GitHub, payload: Any, field: str) -> None:
    with pytest.raises(Error) as refused:
        github.receive(received(payload))
    assert (refused.value.detail, refused.value.status // 100) == (field, 4)


def test_what_else_is_missing_is_named(github: GitHub) -> None:
    with pytest.raises(BadRequest) as refused:
        github.receive(received(of_run(), x_github_event=None))
    assert refused.value.detail == "x-github-event"
    with pytest.raises(BadRequest) as refused:
        github.receive(received(of_run(), content_type="text/plain"))
    assert refused.value.detail == "content-type"


def test_unknown_fields_and_missing_optional_ones_are_fine(github: GitHub) -> None:
    payload = {
        "new": {"thing": 1},
        "workflow_run": {"id": 5, "status": "completed", "conclusion": "success", "later": []},
        "repository": {"full_name": REPO},
    }
    hook = github.receive(received(payload))
    assert hook.ref is not None
    assert (hook.ref.id, hook.ref.number, hook.ref.attempt) == ("5", None, None)


def test_large_webhooks_are_taken() -> None:
    assert GitHub.body_limit == 25 * 1024 * 1024
