"""What a webhook says of a run, and whether it comes from GitHub."""

from __future__ import annotations

import hashlib
import hmac

import orjson

from buildtimetrend import json_text
from buildtimetrend.errors import BadRequest, Invalid, Unauthorized
from buildtimetrend.model import BuildRef, Hook
from buildtimetrend.providers import form
from buildtimetrend.providers.base import Received
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.github.places import is_slug
from buildtimetrend.providers.github.words import result_of, word_of

SIZE = 25 * 1024 * 1024  # bytes: GitHub sends no larger ones
SIGNATURE = "x-hub-signature-256"
_JSON = "application/json"
_OLD = "x-hub-signature"


def check(request: Received, secret: str) -> None:
    """By the HMAC (SHA-256) of the body as it came. Raises `Unauthorized`."""
    given = request.headers.get(SIGNATURE, "").strip()
    if not given:
        only = f" It has {_OLD} alone, which is not taken." if _OLD in request.headers else ""
        raise Unauthorized(
            f"The webhook has no X-Hub-Signature-256 header: set a secret at GitHub.{only}", detail=SIGNATURE
        )
    expected = "sha256=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise Unauthorized("The signature of the webhook is wrong.", detail=SIGNATURE)


def read(request: Received, instance: str) -> Hook:
    """Raises `BadRequest` or `Invalid` naming the field."""
    payload = _payload(request)
    event = request.headers.get("x-github-event", "").strip()
    if not event:
        raise BadRequest("The webhook has no X-GitHub-Event header.", detail="x-github-event")
    try:
        top = Fields(json_text.loads(payload))
        if event == "workflow_run":
            return _of_run(top, instance, payload)
        if event == "workflow_job":
            return _of_job(top, instance, payload)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"The payload is not valid JSON: {error.msg}.", detail="payload") from None
    except WrongField as error:
        raise Invalid(str(error), detail=error.path) from None
    return Hook(None, finished=False, state=event[:100], payload=payload)


def _payload(request: Received) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == form.FORM:
        return form.payload_of(kind, request.body, "GitHub")
    if kind not in ("", _JSON):
        raise BadRequest(f"A GitHub webhook is sent as {_JSON} or {form.FORM}.", detail="content-type")
    return request.body


def _of_run(top: Fields, instance: str, payload: bytes) -> Hook:
    run = top.fields("workflow_run")
    word = word_of(run)
    ref = _ref(top, instance, run.id("id"), run.maybe_id("run_number"), run.maybe_id("run_attempt"))
    # An older `completed` may come when the run is asked for: what it is then, the API says.
    return Hook(ref, finished=result_of(run) is not None, state=word, payload=payload)


def _of_job(top: Fields, instance: str, payload: bytes) -> Hook:
    """A job alone says nothing of how far its run is."""
    job = top.fields("workflow_job")
    ref = _ref(top, instance, job.id("run_id"), None, job.maybe_id("run_attempt"))
    return Hook(ref, finished=False, state=f"job {word_of(job)}", payload=payload)


def _ref(top: Fields, instance: str, run_id: str, number: str | None, attempt: str | None) -> BuildRef:
    repository = top.fields("repository")
    repo = repository.text("full_name")
    if not is_slug(repo):
        raise WrongField(repository.path("full_name"), "owner/name")
    return BuildRef("github", instance, repo, run_id, number, int(attempt) if attempt else None)
