"""The webhooks that the simulated GitLab sends: with its token, or signed as Standard Webhooks are."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime

import orjson

from buildtimetrend.demo.gitlab import documents
from buildtimetrend.demo.messages import Document
from buildtimetrend.demo.runs.run import Run, RunJob

PIPELINE, JOB = "Pipeline Hook", "Job Hook"


def payload(run: Run, web: str, *, event: str = PIPELINE, job_id: int | None = None) -> bytes:
    """The JSON text. Raises `LookupError` for a job that the pipeline does not have."""
    if event == PIPELINE:
        return orjson.dumps(_pipeline(run, web))
    job = next((each for each in run.jobs if each.id == job_id), None)
    if job is None:
        raise LookupError(f"pipeline {run.id} has no job {job_id}")
    return orjson.dumps(_job(job, run, web))


def headers(body: bytes, event: str, secret: str, signing: str) -> dict[str, str]:
    """`signing` is `own`, `foreign` (another token), `standard` (signed) or `none`."""
    name = hashlib.sha256(body).hexdigest()
    plain = {
        "content-type": "application/json",
        "user-agent": "GitLab/17.5.0",
        "x-gitlab-event": event,
        "x-gitlab-webhook-uuid": name[:32],
        "idempotency-key": name[:36],
    }
    match signing:
        case "own":
            return plain | {"x-gitlab-token": secret}
        case "foreign":
            return plain | {"x-gitlab-token": "another token"}
        case "standard":
            return plain | _signed(body, name[:32], secret)
    return plain


def _signed(body: bytes, name: str, secret: str) -> dict[str, str]:
    """A secret of that form begins with `whsec_` and is base64."""
    second = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    digest = hmac.digest(key, b".".join((name.encode(), second.encode(), body)), "sha256")
    return {
        "webhook-id": name,
        "webhook-timestamp": second,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _instant(second: int | None) -> str | None:
    return None if second is None else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S UTC}"


def _pipeline(run: Run, web: str) -> Document:
    """It names the source branch where the API says `refs/merge-requests/…`."""
    whole = documents.whole_pipeline(run, web)
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": run.id,
            "iid": run.number,
            "name": run.pipeline.name or None,
            "ref": _branch(run),
            "tag": run.tag is not None,
            "sha": run.commit.sha,
            "before_sha": run.commit.parent,
            "source": documents.SOURCES[run.event],
            "status": whole["status"],
            "detailed_status": run.state,
            "stages": list(dict.fromkeys(job.definition.stage for job in run.jobs)),
            "created_at": _instant(run.created_at),
            "finished_at": _instant(run.finished_at) if run.state != "running" else None,
            "duration": whole["duration"],
            "queued_duration": whole["queued_duration"],
            "variables": [],
            "url": whole["web_url"],
        },
        "merge_request": _merge_request(run, web),
        "user": whole["user"],
        "project": {
            **documents.project(run.repository.project, web),
            "namespace": run.repository.project.owner,
        },
        "commit": {
            "id": run.commit.sha,
            "message": run.commit.message,
            "timestamp": documents.instant(run.commit.committed_at),
            "url": f"{web}/{run.slug}/-/commit/{run.commit.sha}",
            "author": {"name": run.commit.author, "email": run.commit.email},
        },
        "builds": [_build(job, run) for job in run.jobs if not job.definition.starts and not job.retried],
    }


def _branch(run: Run) -> str:
    return run.pull.branch if run.pull else run.tag or run.branch


def _merge_request(run: Run, web: str) -> Document | None:
    if run.pull is None:
        return None
    project = run.repository.project
    return {
        "id": project.id * 100_000 + run.pull.number,
        "iid": run.pull.number,
        "title": run.pull.title,
        "source_branch": run.pull.branch,
        "source_project_id": project.id + (500_000 if run.pull.fork else 0),
        "target_branch": project.main_branch,
        "target_project_id": project.id,
        "state": "opened",
        "url": f"{web}/{run.slug}/-/merge_requests/{run.pull.number}",
    }


def _build(job: RunJob, run: Run) -> Document:
    runner = documents.runner(job)
    return {
        "id": job.id,
        "stage": job.definition.stage,
        "name": job.name,
        "status": documents.STATUSES[job.state],
        "created_at": _instant(documents.created_at(job, run)),
        "started_at": _instant(job.started_at),
        "finished_at": _instant(documents.ended_at(job)),
        "duration": float(job.duration) if job.ran else None,
        "queued_duration": documents.queued(job),
        "failure_reason": "script_failure" if job.state == "failed" else None,
        "when": "manual" if job.definition.manual else "on_success",
        "manual": job.definition.manual,
        "allow_failure": job.definition.may_fail,
        "runner": runner and {**runner, "tags": ["docker"]},
    }


def _job(job: RunJob, run: Run, web: str) -> Document:
    build = {
        f"build_{name}": value
        for name, value in _build(job, run).items()
        if name not in {"when", "manual", "runner"}
    }
    project = run.repository.project
    return {
        "object_kind": "build",
        "ref": _branch(run),
        "tag": run.tag is not None,
        "before_sha": run.commit.parent,
        "sha": run.commit.sha,
        **build,
        "retries_count": job.attempt - 1,
        "pipeline_id": run.id,
        "project_id": project.id,
        "project_name": project.slug.replace("/", " / "),
        "runner": documents.runner(job),
        "commit": {"id": run.id, "sha": run.commit.sha, "message": run.commit.message, "status": "running"},
        "repository": {"name": project.name, "homepage": f"{web}/{project.slug}"},
        "project": documents.project(project, web),
    }
