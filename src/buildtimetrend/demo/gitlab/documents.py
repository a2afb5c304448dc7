"""Documents of the GitLab REST API, as far as they are about pipelines. `web` is the address of its pages."""

from __future__ import annotations

from datetime import UTC, datetime

from buildtimetrend.demo.messages import Document
from buildtimetrend.demo.projects import Project
from buildtimetrend.demo.runs.run import Run, RunJob

STATUSES = {
    "passed": "success",
    "failed": "failed",
    "canceled": "canceled",
    "skipped": "skipped",
    "manual": "manual",
    "running": "running",
}
SOURCES = {
    "push": "push",
    "pull_request": "merge_request_event",
    "cron": "schedule",
    "api": "api",
    "parent": "parent_pipeline",
}


def instant(second: int | None) -> str | None:
    """As the REST API writes it, to the millisecond."""
    return None if second is None else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def ref(run: Run) -> str:
    return f"refs/merge-requests/{run.pull.number}/head" if run.pull else run.tag or run.branch


def pipeline(run: Run, web: str) -> Document:
    """As in a list."""
    return {
        "id": run.id,
        "iid": run.number,
        "project_id": run.repository.project.id,
        "sha": run.commit.sha,
        "ref": ref(run),
        "status": STATUSES[run.state],
        "source": SOURCES[run.event],
        "created_at": instant(run.created_at),
        "updated_at": instant(run.updated_at),
        "web_url": f"{web}/{run.slug}/-/pipelines/{run.id}",
        "name": run.pipeline.name or None,
    }


def whole_pipeline(run: Run, web: str) -> Document:
    ended = run.state != "running"
    status = STATUSES[run.state]
    return pipeline(run, web) | {
        "before_sha": run.commit.parent,
        "tag": run.tag is not None,
        "yaml_errors": None,
        "user": _user(run, web),
        "started_at": instant(run.started_at),
        "finished_at": instant(run.finished_at) if ended else None,
        "committed_at": None,
        "duration": working_time(run) if ended else None,
        "queued_duration": None if run.started_at is None else run.started_at - run.created_at,
        "coverage": None,
        "detailed_status": {"icon": f"status_{status}", "text": status, "label": status, "group": status},
    }


def working_time(run: Run) -> int:
    """Seconds in which any job ran: what lies between a job and its repetition does not count."""
    spans = sorted(
        (job.started_at, job.finished_at) for job in run.jobs if job.started_at and job.finished_at
    )
    total, end = 0, 0
    for start, finish in spans:
        total += max(0, finish - max(start, end))
        end = max(end, finish)
    return total


def job(job: RunJob, run: Run, web: str) -> Document:
    project = run.repository.project
    return {
        "id": job.id,
        "status": STATUSES[job.state],
        "stage": job.definition.stage,
        "name": job.name,
        "ref": ref(run),
        "tag": run.tag is not None,
        "coverage": None,
        "allow_failure": job.definition.may_fail,
        "created_at": instant(created_at(job, run)),
        "started_at": instant(job.started_at),
        "finished_at": instant(ended_at(job)),
        "erased_at": None,
        "duration": float(job.duration) if job.ran and job.finished_at else None,
        "queued_duration": queued(job),
        "user": _user(run, web),
        "commit": _commit(run, web),
        "pipeline": {name: value for name, value in pipeline(run, web).items() if name not in {"name"}},
        "web_url": f"{web}/{run.slug}/-/jobs/{job.id}",
        "project": {"ci_job_token_scope_enabled": False},
        **({"failure_reason": "script_failure"} if job.state == "failed" else {}),
        "artifacts": [],
        "runner": runner(job),
        "artifacts_expire_at": None,
        "archived": False,
        "tag_list": ["docker"],
        "project_id": project.id,
    }


def created_at(job: RunJob, run: Run) -> int:
    """With the pipeline, or when it was run again."""
    return run.created_at if job.attempt == 1 else job.queued_at


def ended_at(job: RunJob) -> int | None:
    """Skipped jobs and those that wait for a person have no end."""
    return None if job.waived else job.finished_at


def queued(job: RunJob) -> float | None:
    return None if job.started_at is None else float(job.started_at - job.queued_at)


def bridge(job_: RunJob, run: Run, child: Run | None, web: str) -> Document:
    """A job that starts another pipeline; None where it never did."""
    document = job(job_, run, web) | {"downstream_pipeline": child and pipeline(child, web)}
    return {
        name: value for name, value in document.items() if name not in {"runner", "artifacts", "tag_list"}
    }


def project(project: Project, web: str) -> Document:
    group, _, name = project.slug.rpartition("/")
    return {
        "id": project.id,
        "name": name,
        "path": name,
        "path_with_namespace": project.slug,
        "name_with_namespace": project.slug.replace("/", " / "),
        "description": "Simulated: no such project exists",
        "default_branch": project.main_branch,
        "web_url": f"{web}/{project.slug}",
        "visibility": "private" if project.private else "public",
        "archived": False,
        "namespace": {"id": sum(group.encode()), "kind": "group", "full_path": group},
    }


def runner(job: RunJob) -> Document | None:
    if not job.runner:
        return None
    return {
        "id": job.runner,
        "description": f"simulated-runner-{job.runner}",
        "ip_address": None,
        "active": True,
        "paused": False,
        "is_shared": True,
        "runner_type": "instance_type",
        "name": "gitlab-runner",
        "online": True,
        "status": "online",
    }


def _user(run: Run, web: str) -> Document:
    login = run.commit.author.partition(" ")[0].lower()
    return {
        "id": sum(login.encode()),
        "username": login,
        "name": run.commit.author,
        "state": "active",
        "web_url": f"{web}/{login}",
    }


def _commit(run: Run, web: str) -> Document:
    commit = run.commit
    at = f"{datetime.fromtimestamp(commit.committed_at, UTC):%Y-%m-%dT%H:%M:%S.000+00:00}"
    return {
        "id": commit.sha,
        "short_id": commit.sha[:8],
        "created_at": at,
        "parent_ids": [commit.parent],
        "title": commit.message,
        "message": commit.message,
        "author_name": commit.author,
        "author_email": commit.email,
        "authored_date": at,
        "committer_name": commit.author,
        "committer_email": commit.email,
        "committed_date": at,
        "web_url": f"{web}/{run.slug}/-/commit/{commit.sha}",
    }
