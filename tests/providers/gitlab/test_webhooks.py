"""Webhooks: with a secret token or signed, of pipelines, jobs and others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from buildtimetrend.errors import BadRequest, Error, Invalid, Unauthorized
from buildtimetrend.providers.base import Received
from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.providers.gitlab.signature import WINDOW, Verifier
from tests.providers.gitlab.answers import REPO

KEY = b"0123456789abcdef0123456789abcdef"
SIGNING = f"whsec_{base64.b64encode(KEY).decode()}"


def body(kind: str = "pipeline", **changes: Any) -> bytes:
    told: dict[str, Any] = {
        "object_kind": kind,
        "object_attributes": {"id": 31, "iid": 3, "status": "success", "source": "push", "ref": "main"},
        "project": {"id": 42, "path_with_namespace": REPO, "web_url": f"https://git.example/{REPO}"},
    }
    return json.dumps({**told, **changes}).encode()


def signed(
    content: bytes, key: bytes = KEY, name: str = "msg_1", sent: float | None = None
) -> dict[str, str]:
    at = str(int(time.time() if sent is None else sent))
    digest = hmac.new(key, f"{name}.{at}.".encode() + content, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": signature}


def test_the_secret_token_is_believed(gitlab: GitLab) -> None:
    hook = gitlab.receive(Received({"x-gitlab-token": "s3cret"}, body()))
    assert hook.ref
    assert (hook.ref.repo, hook.ref.id, hook.ref.number) == (REPO, "31", "3")
    assert (hook.finished, hook.state, hook.payload) == (True, "success", body())


@pytest.mark.parametrize(
    "headers", [{}, {"x-gitlab-token": ""}, {"x-gitlab-token": "other"}, {"x-gitlab-token": "s3cret "}]
)
def test_another_token_or_none_is_refused(gitlab: GitLab, headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized):
        gitlab.receive(Received(headers, body()))


def test_a_secret_of_any_characters_is_believed_as_it_comes_over_the_wire(
    opened: Callable[..., GitLab],
) -> None:
    """Servers give a header's bytes one by one, whatever they mean."""
    secret = "geheim-é-☃"
    gitlab = opened(gitlab_webhook_secret=secret)
    assert gitlab.receive(Received({"x-gitlab-token": secret.encode().decode("latin-1")}, body())).finished
    for other in ("geheim", secret.encode().decode("latin-1")[:-1], "☃"):
        with pytest.raises(Unauthorized):
            gitlab.receive(Received({"x-gitlab-token": other}, body()))


def test_without_a_secret_nothing_is_believed(opened: Callable[..., GitLab]) -> None:
    with pytest.raises(Unauthorized, match=r"gitlab\.webhook_secret is not set"):
        opened().receive(Received({"x-gitlab-token": ""}, body()))
    assert opened(gitlab_verify=False).receive(Received({}, body())).finished


def test_a_signed_webhook_is_believed(opened: Callable[..., GitLab]) -> None:
    gitlab = opened(gitlab_webhook_secret=SIGNING)
    assert gitlab.receive(Received(signed(body()), body())).finished
    several = signed(body())
    several["webhook-signature"] = f"v1a,xyz v1,AAAA {several['webhook-signature']}"
    assert gitlab.receive(Received(several, body())).finished


def test_a_signature_of_something_else_is_refused(opened: Callable[..., GitLab]) -> None:
    gitlab = opened(gitlab_webhook_secret=SIGNING)
    good = signed(body())
    for headers, content in [
        (good, body() + b" "),
        (signed(body(), key=b"another"), body()),
        ({**good, "webhook-id": "msg_2"}, body()),
        ({**good, "webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)}, body()),
        ({**good, "webhook-timestamp": "soon"}, body()),
        ({**good, "webhook-signature": ""}, body()),
        ({**good, "webhook-signature": "v1,ä"}, body()),
        ({name: value for name, value in good.items() if name != "webhook-id"}, body()),
        ({**good, "webhook-signature": "v1,AAAA", "x-gitlab-token": SIGNING}, body()),
    ]:
        with pytest.raises(Unauthorized):
            gitlab.receive(Received(headers, content))


@pytest.mark.parametrize(
    ("age", "believed"),
    [(0, True), (WINDOW - 5, True), (-WINDOW + 5, True), (WINDOW + 5, False), (-WINDOW - 5, False)],
)
def test_a_signature_is_good_for_a_while(age: int, believed: bool) -> None:
    verifier = Verifier(SIGNING, clock=lambda: 1_700_000_000.0)
    headers = signed(body(), sent=1_700_000_000 - age)
    if believed:
        verifier.check(headers, body())
    else:
        with pytest.raises(Unauthorized, match="300 s before or after now"):
            verifier.check(headers, body())


@pytest.mark.parametrize(
    ("status", "finished"),
    [
        *((word, True) for word in ("success", "failed", "canceled", "skipped")),
        *((word, False) for word in ("created", "waiting_for_resource", "preparing", "pending", "running")),
        *((word, False) for word in ("manual", "scheduled", "canceling", "brand_new")),
    ],
)
def test_which_states_are_ends(gitlab: GitLab, status: str, finished: bool) -> None:
    told = body(object_attributes={"id": 31, "iid": 3, "status": status})
    hook = gitlab.receive(Received({"x-gitlab-token": "s3cret"}, told))
    assert (hook.finished, hook.state) == (finished, status)


def test_a_jobs_end_is_not_its_pipelines(gitlab: GitLab) -> None:
    told = body("build", build_id=9, build_status="success", pipeline_id=31)
    hook = gitlab.receive(Received({"x-gitlab-token": "s3cret"}, told))
    assert hook.ref
    assert (hook.ref.id, hook.ref.number, hook.finished) == ("31", None, False)


@pytest.mark.parametrize("below", ["", "/gitlab"])
def test_an_older_jobs_webhook_has_the_page_of_its_project(opened: Callable[..., GitLab], below: str) -> None:
    gitlab = opened(gitlab_url=f"https://git.example{below}", gitlab_webhook_secret="s3cret")
    page = {"homepage": f"http://10.0.0.1:3005{below}/{REPO}"}
    told = body("build", build_status="failed", pipeline_id=31, project=None, repository=page)
    assert gitlab.receive(Received({"x-gitlab-token": "s3cret"}, told)).repo == REPO


@pytest.mark.parametrize(
    "kind", ["push", "tag_push", "merge_request", "note", "issue", "deployment", "release"]
)
def test_other_events_name_no_build(gitlab: GitLab, kind: str) -> None:
    hook = gitlab.receive(Received({"x-gitlab-token": "s3cret"}, json.dumps({"object_kind": kind}).encode()))
    assert (hook.ref, hook.finished, hook.state) == (None, False, kind)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"object_kind": None}, "object_kind"),
        ({"object_kind": 7}, "object_kind"),
        ({"object_attributes": None}, "object_attributes"),
        ({"object_attributes": {"iid": 3, "status": "success"}}, "object_attributes.id"),
        ({"object_attributes": {"id": "x", "status": "success"}}, "object_attributes.id"),
        ({"object_attributes": {"id": 1}}, "object_attributes.status"),
        ({"object_attributes": {"id": 1, "status": ["success"]}}, "object_attributes.status"),
        ({"project": None}, "project.path_with_namespace"),
        ({"project": {"path_with_namespace": "../etc"}}, "project.path_with_namespace"),
        ({"project": []}, "project"),
        ({"merge_request": "x"}, "merge_request"),
        ({"source_pipeline": {"pipeline_id": {}}}, "source_pipeline.pipeline_id"),
    ],
)
def test_a_wrong_field_is_named(gitlab: GitLab, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        gitlab.receive(Received({"x-gitlab-token": "s3cret"}, body(**changes)))
    assert refused.value.detail == field


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"text"', b"payload=%7B%7D"])
def test_garbage_is_refused_in_words(gitlab: GitLab, content: bytes) -> None:
    with pytest.raises(Error) as refused:
        gitlab.receive(Received({"x-gitlab-token": "s3cret"}, content))
    assert isinstance(refused.value, BadRequest)
    assert refused.value.status in (400, 422)
