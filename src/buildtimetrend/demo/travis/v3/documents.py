"""Documents of the Travis CI API, version 3. `prefix` is what the request's path had before the resource."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from buildtimetrend.demo.builds import Commit, SimulatedBuild, SimulatedJob
from buildtimetrend.demo.messages import Document, iso
from buildtimetrend.demo.projects import Project

_PERMISSIONS = {"read": True, "cancel": False, "restart": False}


def build(build: SimulatedBuild, prefix: str, include: Collection[str]) -> Document:
    return _build_fields(build, prefix) | {
        "@representation": "standard",
        "@permissions": _PERMISSIONS,
        "repository": _repository(build.project, prefix),
        "branch": _branch(build, prefix),
        "tag": _tag(build),
        "commit": _commit(build, standard="build.commit" in include),
        "jobs": [job_in_build(job, build, prefix, include) for job in build.jobs],
        "stages": [],
        "created_by": _owner(build.project, prefix),
        "updated_at": _to_the_millisecond(build.finished_at or build.queued_at),
        "log_complete": build.finished_at is not None,
    }


def job_in_build(job: SimulatedJob, build: SimulatedBuild, prefix: str, include: Collection[str]) -> Document:
    """Minimal, unless `include=build.jobs` asks for more; `job.config` adds the configuration to either."""
    fields = _standard_job(job, build, prefix) if "build.jobs" in include else _minimal_job(job, prefix)
    return fields | {"config": job.config} if "job.config" in include else fields


def job(job: SimulatedJob, build: SimulatedBuild, prefix: str, include: Collection[str]) -> Document:
    return job_in_build(job, build, prefix, {*include, "build.jobs"}) | {"@permissions": _PERMISSIONS}


def jobs(build: SimulatedBuild, prefix: str, include: Collection[str]) -> Document:
    return {
        "@type": "jobs",
        "@href": f"{prefix}/build/{build.id}/jobs",
        "@representation": "standard",
        "jobs": [job(each, build, prefix, include) for each in build.jobs],
    }


def repository(project: Project, prefix: str) -> Document:
    return _repository(project, prefix) | {
        "@representation": "standard",
        "@permissions": {"read": True, "admin": False, "activate": False, "deactivate": False, "star": False},
        "description": "Simulated: no such repository exists",
        "github_id": project.id,
        "github_language": project.language,
        "active": True,
        "private": project.private,
        "owner": _owner(project, prefix),
        "default_branch": {
            "@type": "branch",
            "@href": f"{prefix}/repo/{project.id}/branch/{project.main_branch}",
            "@representation": "minimal",
            "name": project.main_branch,
        },
        "starred": False,
        "managed_by_installation": True,
        "active_on_org": False,
    }


def log(job: SimulatedJob, prefix: str, token: str) -> Document:
    content = job.log().decode(errors="replace")
    return {
        "@type": "log",
        "@href": f"{prefix}/job/{job.id}/log",
        "@representation": "standard",
        "@permissions": {
            "read": True,
            "debug": False,
            "cancel": False,
            "restart": False,
            "delete_log": False,
        },
        "id": job.id,
        "content": content or None,
        "log_parts": [{"content": content, "final": True, "number": 0}],
        "@raw_log_href": f"/v3/job/{job.id}/log.txt?log.token={token}",
    }


def includes(query: Mapping[str, str]) -> frozenset[str]:
    return frozenset(filter(None, query.get("include", "").split(",")))


def _standard_job(job: SimulatedJob, build: SimulatedBuild, prefix: str) -> Document:
    return _minimal_job(job, prefix) | {
        "@representation": "standard",
        "allow_failure": job.allow_failure,
        "number": job.number,
        "state": job.state,
        "started_at": iso(job.started_at),
        "finished_at": iso(job.finished_at),
        "build": _build_fields(build, prefix),
        "queue": "builds.simulated",
        "repository": _repository(build.project, prefix),
        "commit": _commit(build, standard=False),
        "owner": _owner(build.project, prefix),
        "stage": None,
        "created_at": _to_the_millisecond(job.queued_at),
        "updated_at": _to_the_millisecond(job.finished_at or job.queued_at),
        "private": build.project.private,
    }


def _minimal_job(job: SimulatedJob, prefix: str) -> Document:
    return {"@type": "job", "@href": f"{prefix}/job/{job.id}", "@representation": "minimal", "id": job.id}


def _build_fields(build: SimulatedBuild, prefix: str) -> Document:
    return {
        "@type": "build",
        "@href": f"{prefix}/build/{build.id}",
        "@representation": "minimal",
        "id": build.id,
        "number": str(build.number),
        "state": build.state,
        "duration": build.duration,
        "event_type": build.event_type,
        "previous_state": build.previous_state,
        "pull_request_title": build.pull_request and build.pull_request.title,
        "pull_request_number": build.pull_request and build.pull_request.number,
        "started_at": iso(build.started_at),
        "finished_at": iso(build.finished_at),
        "private": build.project.private,
    }


def _repository(project: Project, prefix: str) -> Document:
    return {
        "@type": "repository",
        "@href": f"{prefix}/repo/{project.id}",
        "@representation": "minimal",
        "id": project.id,
        "name": project.name,
        "slug": project.slug,
    }


def _branch(build: SimulatedBuild, prefix: str) -> Document:
    href = f"{prefix}/repo/{build.project.id}/branch/{build.branch}"
    return {"@type": "branch", "@href": href, "@representation": "minimal", "name": build.branch}


def _tag(build: SimulatedBuild) -> Document | None:
    if build.tag is None:
        return None
    return {
        "@type": "tag",
        "@representation": "minimal",
        "repository_id": build.project.id,
        "name": build.tag,
        "last_build_id": build.id,
    }


def _commit(build: SimulatedBuild, *, standard: bool) -> Document:
    commit = build.commit
    ref = (
        f"refs/pull/{build.pull_request.number}/merge" if build.pull_request else f"refs/heads/{build.branch}"
    )
    fields: Document = {
        "@type": "commit",
        "@representation": "standard" if standard else "minimal",
        "id": commit.id,
        "sha": commit.sha,
        "ref": f"refs/tags/{build.tag}" if build.tag else ref,
        "message": commit.message,
        "compare_url": build.compare_url,
        "committed_at": iso(commit.committed_at),
    }
    return fields | {"committer": _person(commit), "author": _person(commit)} if standard else fields


def _person(commit: Commit) -> Document:
    return {"name": commit.author, "avatar_url": None}


def _owner(project: Project, prefix: str) -> Document:
    return {
        "@type": "user",
        "@href": f"{prefix}/user/{project.id}",
        "@representation": "minimal",
        "id": project.id,
        "login": project.owner,
    }


def _to_the_millisecond(second: int) -> str:
    return (iso(second) or "").replace("Z", ".312Z")
