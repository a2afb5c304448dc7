"""A pipeline and its jobs as GitLab's API tells them, with any changes; and the server that tells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from buildtimetrend.model import Build, BuildRef, Job
from buildtimetrend.providers.gitlab import GitLab
from tests.providers.server import Asked, Reply, Server

REPO = "group/sub/project"
PAGE = f"https://git.example/{REPO}"
API = f"/api/v4/projects/{quote(REPO, safe='')}"
LIST = f"{API}/pipelines"
SHA = "3484a3fb816e0859fd6e1cea078d76385ff50625"
T0 = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    """As the REST API writes it, so many seconds after 10:00."""
    return (T0 + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def pipeline(id: int = 900, iid: int = 9, **changes: Any) -> dict[str, Any]:
    """As in a list."""
    return {
        "id": id,
        "iid": iid,
        "project_id": 42,
        "sha": SHA,
        "ref": "main",
        "status": "success",
        "source": "push",
        "created_at": at(0),
        "updated_at": at(600),
        "web_url": f"{PAGE}/-/pipelines/{id}",
        "name": None,
        **changes,
    }


def whole(**changes: Any) -> dict[str, Any]:
    """As on its own page."""
    more = {
        "tag": False,
        "user": {"id": 1, "username": "mona", "name": "Mona"},
        "started_at": at(4),
        "finished_at": at(600),
        "duration": 590,
        "queued_duration": 4,
        "coverage": "68.1",
    }
    return pipeline(**{**more, **changes})


def job(id: int = 1, name: str = "build", **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "status": "success",
        "stage": "build",
        "name": name,
        "ref": "main",
        "tag": False,
        "coverage": None,
        "allow_failure": False,
        "created_at": at(0),
        "started_at": at(10),
        "finished_at": at(600),
        "erased_at": None,
        "duration": 590.0,
        "queued_duration": 2.5,
        "user": {"username": "mona", "name": "Mona"},
        "commit": {"id": SHA, "title": "Make it work", "message": "Make it work\n", "author_name": "Mona L."},
        "web_url": f"{PAGE}/-/jobs/{id}",
        "runner": {"id": 5, "description": "runner-5", "runner_type": "instance_type"},
        "tag_list": ["linux", "docker"],
        **changes,
    }


def never_ran(id: int, name: str, status: str, **changes: Any) -> dict[str, Any]:
    nothing = {
        "started_at": None,
        "finished_at": None,
        "duration": None,
        "queued_duration": None,
        "runner": None,
    }
    return job(id, name, **{"status": status, **nothing, **changes})


def bridge(id: int, name: str, child: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return job(id, name, **{"runner": None, "queued_duration": None, "downstream_pipeline": child, **changes})


def serve(
    server: Server,
    told: dict[str, Any],
    jobs: Sequence[dict[str, Any]] = (),
    bridges: Sequence[dict[str, Any]] = (),
) -> None:
    path = f"{LIST}/{told['id']}"
    server.routes |= {path: Reply(told), f"{path}/jobs": pages(jobs), f"{path}/bridges": pages(bridges)}


def pages(entries: Sequence[dict[str, Any]], size: int = 100, **headers: str) -> Callable[[Asked], Reply]:
    """A list as GitLab pages it; `headers` in place of its own."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("page", 1))
        found = [each for each in entries if asked.query.get("source") in (None, each.get("source"))]
        if "source" not in asked.query:
            found = [each for each in found if each.get("source") != "parent_pipeline"]
        following = str(number + 1) if number * size < len(found) else ""
        return Reply(
            found[(number - 1) * size : number * size], headers=headers or {"X-Next-Page": following}
        )

    return answer


def node(id: int, name: str, *needs: str, kind: str = "Build", **changes: Any) -> dict[str, Any]:
    """A job as GraphQL tells it."""
    return {
        "id": f"gid://gitlab/Ci::{kind}/{id}",
        "name": name,
        "status": "SUCCESS",
        "manualJob": False,
        "schedulingType": "dag" if needs else "stage",
        "needs": {"nodes": [{"name": need} for need in needs]},
        **changes,
    }


def serve_graph(server: Server, *nodes: dict[str, Any], pipeline: int = 900, **more: Any) -> None:
    page = {"hasNextPage": False, "endCursor": None}
    told = {"id": f"gid://gitlab/Ci::Pipeline/{pipeline}", "jobs": {"nodes": list(nodes), "pageInfo": page}}
    document = {"data": {"project": {"pipeline": {**told, **more}}}}
    server.routes["/api/graphql"] = Reply(document)


def fetched(gitlab: GitLab, id: int = 900) -> Build:
    return gitlab.fetch(BuildRef("gitlab", gitlab.instance, REPO, id=str(id)))


def jobs_of(build: Build) -> dict[str, Job]:
    return {found.id: found for found in build.jobs}
