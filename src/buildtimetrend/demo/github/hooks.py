"""The webhooks that the simulated GitHub sends, signed with the secret as GitHub signs them."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Any

import orjson

from buildtimetrend.demo.github import documents
from buildtimetrend.demo.messages import Document
from buildtimetrend.demo.runs.run import Run

RUN, JOB, PING = "workflow_run", "workflow_job", "ping"
CHOICES = ("event", "action", "job_id")


def payload(
    run: Run,
    at: documents.Addresses,
    *,
    event: str = RUN,
    action: str = "completed",
    job_id: int | None = None,
) -> bytes:
    """The JSON text. Raises `LookupError` for a job that the run does not have."""
    project = run.repository.project
    about: dict[str, Any] = {PING: {"zen": "Simulated.", "hook_id": 1}, RUN: _run(run, at), JOB: {}}[event]
    if event == JOB:
        job = next((each for each in run.jobs if each.id == job_id), None)
        if job is None:
            raise LookupError(f"run {run.id} has no job {job_id}")
        about = {"workflow_job": documents.job(job, run, at)}
    document: Document = {
        **({} if event == PING else {"action": action}),
        **about,
        "repository": documents.repository(project, at),
        "organization": {"login": project.owner, "id": 1, "url": f"{at.base}/orgs/{project.owner}"},
        "sender": documents.user("ada", at),
    }
    return orjson.dumps(document)


def headers(body: bytes, event: str, secret: str, signing: str) -> dict[str, str]:
    """Those of a delivery; a body has one id, so that it can be told when it comes again."""
    plain = {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/simulated",
        "x-github-event": event,
        "x-github-delivery": str(uuid.UUID(bytes=hashlib.sha256(body).digest()[:16])),
    }
    if signing == "none":
        return plain
    key = secret if signing == "own" else "another secret"
    return plain | {"x-hub-signature-256": f"sha256={hmac.digest(key.encode(), body, 'sha256').hex()}"}


def _run(run: Run, at: documents.Addresses) -> Document:
    return {
        "workflow_run": documents.run(run, at),
        "workflow": documents.workflow(run.repository, run.pipeline, at),
    }
