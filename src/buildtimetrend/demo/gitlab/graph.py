"""The simulated GitLab's GraphQL: what the jobs of a pipeline need. A query gets all, whatever it selects."""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

from buildtimetrend.demo.messages import Document, Request, Response, json_response
from buildtimetrend.demo.runs.definitions import Repository
from buildtimetrend.demo.runs.run import Run, RunJob

_PATH = re.compile(r'fullPath:\s*"([^"]+)"')
_PIPELINE = re.compile(r'\biid:\s*"?(\d+)"?')


def answer(
    request: Request,
    visible: Callable[[str], Repository | None],
    find: Callable[[Repository, int], Run | None],
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
    project = (
        {"fullPath": repository.project.slug, "pipeline": run and _pipeline(run)} if repository else None
    )
    return json_response({"data": {"project": project}})


def _pipeline(run: Run) -> Document:
    nodes = [_job(job, run) for job in run.jobs]
    return {
        "id": f"gid://gitlab/Ci::Pipeline/{run.id}",
        "iid": str(run.number),
        "name": run.pipeline.name or None,
        "jobs": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}},
    }


def _job(job: RunJob, run: Run) -> Document:
    """What it needs is told by name: of a repeated job there are two."""
    needed = {each.name: each for each in run.jobs if each.definition.key in job.definition.needs}
    needs = [
        {"id": f"gid://gitlab/Ci::BuildNeed/{job.id}{index}", "name": name}
        for index, name in enumerate(needed)
    ]
    kind = "Bridge" if job.definition.starts else "Build"
    return {
        "id": f"gid://gitlab/Ci::{kind}/{job.id}",
        "name": job.name,
        "retried": job.retried,
        "schedulingType": "dag" if job.definition.needs else "stage",
        "stage": {"name": job.definition.stage},
        "needs": {"nodes": needs, "pageInfo": {"hasNextPage": False, "endCursor": None}},
    }
