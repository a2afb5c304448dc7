"""The simulated GitLab's GraphQL: what the jobs of a pipeline need. A query gets all, whatever it selects."""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

from buildtimetrend.demo.gitlab import documents
from buildtimetrend.demo.messages import Document, Request, Response, json_response
from buildtimetrend.demo.runs.definitions import Repository
from buildtimetrend.demo.runs.run import Run, RunJob

_PATH = re.compile(r'fullPath:\s*"([^"]+)"')
_PIPELINE = re.compile(r'\biid:\s*"?(\d+)"?')


def answer(
    request: Request,
    visible: Callable[[str], Repository | None],
    find: Callable[[Repository, int], Run | None],
    parent_of: Callable[[Run], Run | None],
) -> Response:
    """Of the project and the `iid` that the query or its variables name."""
    try:
        asked = orjson.loads(request.body)
        query, variables = str(asked["query"]), dict(asked.get("variables") or {})
    except (orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        return json_response({"errors": [{"message": "Unexpected end of document"}]}, 400)
    values = {str(value) for value in variables.values()}
    paths = [*values, *_PATH.findall(query)]
    numbers = [*(value for value in values if value.isdecimal()), *_PIPELINE.findall(query)]
    repository = next((found for path in paths if "/" in path and (found := visible(path))), None)
    run = find(repository, int(numbers[0])) if repository and numbers else None
    pipeline = run and _pipeline(run, parent_of(run))
    project = {"fullPath": repository.project.slug, "pipeline": pipeline} if repository else None
    return json_response({"data": {"project": project}})


def _pipeline(run: Run, parent: Run | None) -> Document:
    nodes = [_job(job, run) for job in run.jobs]
    bridge = run.bridge
    return {
        "upstream": parent and _reference(parent.id, run),
        "sourceJob": bridge and {"id": f"gid://gitlab/Ci::Bridge/{bridge.id}", "name": bridge.name},
        "id": f"gid://gitlab/Ci::Pipeline/{run.id}",
        "iid": str(run.number),
        "name": run.pipeline.name or None,
        "jobs": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}},
    }


def _reference(run_id: int, relative: Run) -> Document:
    """To a pipeline of the same project."""
    return {"id": f"gid://gitlab/Ci::Pipeline/{run_id}", "project": {"fullPath": relative.slug}}


def _job(job: RunJob, run: Run) -> Document:
    """What it needs is told by name: of a repeated job there are two."""
    needed = {each.name: each for each in run.jobs if each.definition.key in job.definition.needs}
    needs = [
        {"id": f"gid://gitlab/Ci::BuildNeed/{job.id}{index}", "name": name}
        for index, name in enumerate(needed)
    ]
    kind = "Bridge" if job.definition.starts else "Build"
    child = dict(run.children).get(job.id)
    return {
        "id": f"gid://gitlab/Ci::{kind}/{job.id}",
        "name": job.name,
        "status": documents.STATUSES[job.state].upper(),
        "allowFailure": job.definition.may_fail,
        "createdAt": documents.instant(documents.created_at(job, run)),
        "startedAt": documents.instant(job.started_at),
        "finishedAt": documents.instant(documents.ended_at(job)),
        "queuedDuration": documents.queued(job),
        "manualJob": job.definition.manual,
        "webPath": f"/{run.slug}/-/jobs/{job.id}",
        "downstreamPipeline": child and _reference(child, run),
        "retried": job.retried,
        "schedulingType": "dag" if job.definition.needs else "stage",
        "stage": {"name": job.definition.stage},
        "needs": {"nodes": needs, "pageInfo": {"hasNextPage": False, "endCursor": None}},
    }
