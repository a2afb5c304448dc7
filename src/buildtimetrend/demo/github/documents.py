"""Documents of the GitHub REST API, as far as they are about Actions."""

from __future__ import annotations

from dataclasses import dataclass

from buildtimetrend.demo.messages import Document, iso
from buildtimetrend.demo.projects import Project
from buildtimetrend.demo.runs.definitions import Pipeline, Repository
from buildtimetrend.demo.runs.run import Pull, Run, RunJob, RunStep

CONCLUSIONS = {"passed": "success", "failed": "failure", "canceled": "cancelled", "skipped": "skipped"}
EVENTS = {"cron": "schedule", "api": "workflow_dispatch"}
WORKFLOWS = 100  # a workflow's id is its repository's times this, and its position


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of the API, and of its pages."""

    base: str
    web: str


def event(run: Run) -> str:
    return "dynamic" if run.pipeline.path.startswith("dynamic/") else EVENTS.get(run.event, run.event)


def status(state: str) -> Document:
    if state == "running":
        return {"status": "in_progress", "conclusion": None}
    return {"status": "completed", "conclusion": CONCLUSIONS[state]}


def run(run: Run, at: Addresses) -> Document:
    """An attempt. As at GitHub, the last one moves the `updated_at` of all, and none moves `created_at`."""
    project, commit, workflow = run.repository.project, run.commit, workflow_id(run.repository, run.pipeline)
    url = f"{at.base}/repos/{run.slug}/actions/runs/{run.id}"
    head = run.pull.branch if run.pull else run.tag or run.branch
    before = f"{url}/attempts/{run.attempt - 1}" if run.attempt > 1 else None
    person = user(commit.author.partition(" ")[0].lower(), at)
    return {
        "id": run.id,
        "name": run.pipeline.run_name.format(run.number) or run.pipeline.name,
        "node_id": f"WFR_{run.id}",
        "head_branch": head,
        "head_sha": commit.sha,
        "path": run.pipeline.path,
        "display_title": run.pull.title if run.pull else commit.message,
        "run_number": run.number,
        "event": event(run),
        **status(run.state),
        "workflow_id": workflow,
        "check_suite_id": run.id,
        "url": url,
        "html_url": f"{at.web}/{run.slug}/actions/runs/{run.id}",
        "pull_requests": _pull_requests(run, at),
        "created_at": iso(run.created_at),
        "updated_at": iso(run.updated_at),
        "actor": person,
        "run_attempt": run.attempt,
        "referenced_workflows": [],
        "run_started_at": iso(run.queued_at),
        "triggering_actor": person,
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "previous_attempt_url": before,
        "workflow_url": f"{at.base}/repos/{run.slug}/actions/workflows/{workflow}",
        "head_commit": {
            "id": commit.sha,
            "tree_id": commit.parent,
            "message": commit.message,
            "timestamp": iso(commit.committed_at),
            "author": {"name": commit.author, "email": commit.email},
            "committer": {"name": commit.author, "email": commit.email},
        },
        "repository": repository(project, at),
        "head_repository": _head_repository(run, at),
    }


def job(job: RunJob, run: Run, at: Addresses) -> Document:
    """One that an earlier attempt ran is said to be of this one, with the times that it had."""
    url = f"{at.base}/repos/{run.slug}/actions"
    own = job.attempt == run.attempt
    return {
        "id": job.id,
        "run_id": run.id,
        "workflow_name": run.pipeline.name,
        "head_branch": run.pull.branch if run.pull else run.tag or run.branch,
        "run_url": f"{url}/runs/{run.id}",
        "run_attempt": run.attempt,
        "node_id": f"CR_{job.id}",
        "head_sha": run.commit.sha,
        "url": f"{url}/jobs/{job.id}",
        "html_url": f"{at.web}/{run.slug}/actions/runs/{run.id}/job/{job.id}",
        **status(job.state),
        "created_at": iso(job.queued_at if own else run.queued_at),
        **_times(job),
        "name": job.name,
        "steps": [_step(step) for step in job.steps],
        "check_run_url": f"{at.base}/repos/{run.slug}/check-runs/{job.id}",
        **_runner(job),
    }


def _times(job: RunJob) -> Document:
    """Jobs that never ran have times all the same; skipped ones end before they begin."""
    if job.state == "skipped":
        return {"started_at": iso(job.queued_at), "completed_at": iso(job.queued_at - 1)}
    return {
        "started_at": iso(job.queued_at if job.started_at is None else job.started_at),
        "completed_at": iso(job.finished_at),
    }


def _runner(job: RunJob) -> Document:
    label = job.definition.runner.removeprefix("${{ matrix.").removesuffix(" }}")
    if not job.ran:
        nobody = None if job.state == "skipped" else ""
        number = None if job.state == "skipped" else 0
        labels = [] if job.state == "skipped" else [job.values.get(label, label)]
        return {
            "labels": labels,
            "runner_id": number,
            "runner_name": nobody,
            "runner_group_id": number,
            "runner_group_name": nobody,
        }
    return {
        "labels": [job.values.get(label, label)],
        "runner_id": job.runner,
        "runner_name": f"GitHub Actions {job.runner}",
        "runner_group_id": 2,
        "runner_group_name": "GitHub Actions",
    }


def _step(step: RunStep) -> Document:
    return {
        "name": step.name,
        **status(step.state),
        "number": step.number,
        "started_at": iso(step.started_at),
        "completed_at": iso(step.finished_at),
    }


def workflow_id(of: Repository, pipeline: Pipeline) -> int:
    return of.project.id * WORKFLOWS + of.pipelines.index(pipeline)


def workflow(of: Repository, pipeline: Pipeline, at: Addresses) -> Document:
    slug, number = of.project.slug, workflow_id(of, pipeline)
    return {
        "id": number,
        "node_id": f"W_{number}",
        "name": pipeline.name,
        "path": pipeline.path,
        "state": "active",
        "created_at": "2024-01-01T00:00:00.000Z",
        "updated_at": "2024-01-01T00:00:00.000Z",
        "url": f"{at.base}/repos/{slug}/actions/workflows/{number}",
        "html_url": f"{at.web}/{slug}/blob/{of.project.main_branch}/{pipeline.path}",
        "badge_url": f"{at.web}/{slug}/workflows/{pipeline.name}/badge.svg",
    }


def repository(project: Project, at: Addresses) -> Document:
    return _repository(project.id, project.slug, at) | {
        "private": project.private,
        "default_branch": project.main_branch,
        "archived": False,
        "disabled": False,
        "fork": False,
    }


def _repository(number: int, slug: str, at: Addresses) -> Document:
    owner, _, name = slug.partition("/")
    return {
        "id": number,
        "node_id": f"R_{number}",
        "name": name,
        "full_name": slug,
        "owner": user(owner, at),
        "html_url": f"{at.web}/{slug}",
        "description": "Simulated: no such repository exists",
        "url": f"{at.base}/repos/{slug}",
    }


def user(login: str, at: Addresses) -> Document:
    return {
        "login": login,
        "id": sum(login.encode()),
        "type": "User",
        "url": f"{at.base}/users/{login}",
        "html_url": f"{at.web}/{login}",
        "site_admin": False,
    }


def _head_repository(run: Run, at: Addresses) -> Document:
    if run.pull and run.pull.fork:
        return _repository(run.repository.project.id + 500_000, run.pull.fork, at) | {"fork": True}
    return repository(run.repository.project, at)


def _pull_requests(run: Run, at: Addresses) -> list[Document]:
    """Empty for forks."""
    if run.pull is None or run.pull.fork:
        return []
    project = run.repository.project
    return [_pull_request(run.pull, run, project, f"{at.base}/repos/{project.slug}")]


def _pull_request(pull: Pull, run: Run, project: Project, url: str) -> Document:
    of = {"id": project.id, "url": url, "name": project.name}
    return {
        "url": f"{url}/pulls/{pull.number}",
        "id": project.id * 100_000 + pull.number,
        "number": pull.number,
        "head": {"ref": pull.branch, "sha": run.commit.sha, "repo": of},
        "base": {"ref": project.main_branch, "sha": run.commit.parent, "repo": of},
    }
