"""Documents of the Travis CI API, version 2."""

from __future__ import annotations

from collections.abc import Sequence

from buildtimetrend.demo.builds import SimulatedBuild, SimulatedJob
from buildtimetrend.demo.messages import Document, iso
from buildtimetrend.demo.projects import Project


def builds(page: Sequence[SimulatedBuild]) -> Document:
    return {"builds": [_build(build) for build in page], "commits": [_commit(build) for build in page]}


def build(build: SimulatedBuild) -> Document:
    return {
        "build": _build(build),
        "commit": _commit(build),
        "jobs": [_job(job, build) for job in build.jobs],
    }


def job(job: SimulatedJob, build: SimulatedBuild) -> Document:
    return {"job": _job(job, build) | {"repository_slug": build.project.slug}, "commit": _commit(build)}


def repo(project: Project, last: SimulatedBuild | None) -> Document:
    return {
        "repo": {
            "id": project.id,
            "slug": project.slug,
            "active": True,
            "description": "Simulated: no such repository exists",
            "last_build_id": last and last.id,
            "last_build_number": last and str(last.number),
            "last_build_state": last.state if last else "",
            "last_build_duration": last and last.duration,
            "last_build_language": None,
            "last_build_started_at": iso(last.started_at) if last else None,
            "last_build_finished_at": iso(last.finished_at) if last else None,
            "github_language": project.language,
        }
    }


def log(job: SimulatedJob) -> Document:
    return {
        "log": {"id": job.id, "job_id": job.id, "type": "Log", "body": job.log().decode(errors="replace")}
    }


def _build(build: SimulatedBuild) -> Document:
    return {
        "id": build.id,
        "repository_id": build.project.id,
        "commit_id": build.commit.id,
        "number": str(build.number),
        "event_type": build.event_type,
        "pull_request": build.pull_request is not None,
        "pull_request_title": build.pull_request and build.pull_request.title,
        "pull_request_number": build.pull_request and build.pull_request.number,
        "config": config(build),
        "state": build.state,
        "started_at": iso(build.started_at),
        "finished_at": iso(build.finished_at),
        "duration": build.duration,
        "job_ids": [job.id for job in build.jobs],
    }


def config(build: SimulatedBuild) -> Document:
    """The build's configuration: what its jobs have each is a list of all."""
    merged: dict[str, list[object]] = {}
    for job in build.jobs:
        for name, value in job.config.items():
            values = merged.setdefault(name, [])
            if value not in values:
                values.append(value)
    whole = {"language", "dist", ".result", "cache", "install"}
    return {name: values[0] if name in whole else values for name, values in merged.items()} | {
        ".result": "configured"
    }


def _job(job: SimulatedJob, build: SimulatedBuild) -> Document:
    return {
        "id": job.id,
        "repository_id": build.project.id,
        "build_id": build.id,
        "commit_id": build.commit.id,
        "log_id": job.id,
        "number": job.number,
        "config": job.config,
        "state": job.state,
        "started_at": iso(job.started_at),
        "finished_at": iso(job.finished_at),
        "queue": "builds.simulated",
        "allow_failure": job.allow_failure,
        "tags": None,
        "annotation_ids": [],
    }


def _commit(build: SimulatedBuild) -> Document:
    commit = build.commit
    return {
        "id": commit.id,
        "sha": commit.sha,
        "branch": build.branch,
        "branch_is_default": build.branch == build.project.main_branch,
        "tag": build.tag,
        "message": commit.message,
        "committed_at": iso(commit.committed_at),
        "author_name": commit.author,
        "author_email": commit.email,
        "committer_name": commit.author,
        "committer_email": commit.email,
        "compare_url": build.compare_url,
        "pull_request_number": build.pull_request and build.pull_request.number,
    }
