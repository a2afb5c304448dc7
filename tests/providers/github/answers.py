"""A run and its jobs as GitHub's API tells them, with any changes; and the server that tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildtimetrend.model import Build, BuildRef
from buildtimetrend.providers.github import GitHub
from tests.providers.server import Asked, Reply, Server

REPO = "octo-org/octo-repo"
RUNS = f"/repos/{REPO}/actions/runs"
PAGE = f"https://github.com/{REPO}"


def run(id: int = 9001, number: int = 7, **changes: Any) -> dict[str, Any]:
    repository = {"id": 42, "full_name": REPO, "html_url": PAGE}
    return {
        "id": id,
        "name": "CI",
        "path": ".github/workflows/ci.yml",
        "display_title": "Make it work",
        "run_number": number,
        "run_attempt": 1,
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "workflow_id": 77,
        "head_branch": "main",
        "head_sha": "3484a3fb816e0859fd6e1cea078d76385ff50625",
        "head_commit": {"id": "3484a3f", "message": "Make it work", "author": {"name": "Mona"}},
        "html_url": f"{PAGE}/actions/runs/{id}",
        "pull_requests": [],
        "actor": {"login": "octocat"},
        "triggering_actor": {"login": "octocat"},
        "created_at": "2026-03-01T10:00:00Z",
        "run_started_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-01T10:09:00Z",
        "repository": repository,
        "head_repository": repository,
        **changes,
    }


def job(id: int = 1, name: str = "build", **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "run_id": 9001,
        "run_attempt": 1,
        "name": name,
        "status": "completed",
        "conclusion": "success",
        "workflow_name": "CI",
        "created_at": "2026-03-01T10:00:02Z",
        "started_at": "2026-03-01T10:00:12Z",
        "completed_at": "2026-03-01T10:05:00Z",
        "html_url": f"{PAGE}/actions/runs/9001/job/{id}",
        "labels": ["ubuntu-latest"],
        "runner_id": 5,
        "runner_name": "GitHub Actions 5",
        "runner_group_name": "GitHub Actions",
        "steps": [step(1, "Set up job"), step(2, "Run make")],
        **changes,
    }


def step(number: int, name: str, conclusion: str | None = "success", **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "name": name,
        "status": "completed",
        "conclusion": conclusion,
        "started_at": "2026-03-01T10:00:12Z",
        "completed_at": "2026-03-01T10:00:20Z",
        **changes,
    }


def serve(server: Server, told: dict[str, Any], jobs: Sequence[dict[str, Any]]) -> None:
    """A run, by itself and as an attempt, with the jobs of that attempt."""
    path = f"/repos/{told['repository']['full_name']}/actions/runs/{told['id']}"
    attempt = f"{path}/attempts/{told['run_attempt']}"
    server.routes[path] = server.routes[attempt] = Reply(told)
    server.routes[f"{attempt}/jobs"] = paged("jobs", jobs)


def paged(name: str, items: Sequence[dict[str, Any]]) -> Any:
    def page(asked: Asked) -> Reply:
        size, number = int(asked.query.get("per_page", "30")), int(asked.query.get("page", "1"))
        found = list(items)[(number - 1) * size : number * size]
        return Reply({"total_count": len(items), name: found})

    return page


def fetched(
    server: Server, github: GitHub, told: dict[str, Any], jobs: Sequence[dict[str, Any]] = ()
) -> Build:
    serve(server, told, jobs)
    ref = BuildRef("github", github.instance, told["repository"]["full_name"], str(told["id"]))
    return github.fetch(ref)
