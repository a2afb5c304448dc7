"""What a webhook says: which pipeline it is of, and whether that has ended."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from buildtimetrend import json_text
from buildtimetrend.errors import BadRequest, Invalid
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.gitlab.merge_requests import Asked, asked_of
from buildtimetrend.providers.gitlab.pipelines import Origin
from buildtimetrend.providers.gitlab.places import is_slug, slug_of
from buildtimetrend.providers.gitlab.words import RESULTS

PIPELINE = "pipeline"
JOB = "build"  # the event of a job is called so


@dataclass(frozen=True, slots=True)
class Notification:
    """`repo` and `id` are None where it is of no pipeline. `asked` is the merge request that it tells of,
    `origin` what started the pipeline.
    """

    state: str
    repo: str | None = None
    id: str | None = None
    number: str | None = None
    finished: bool = False
    asked: Asked | None = None
    origin: Origin | None = None


def read(body: bytes, instance: str) -> Notification:
    """Raises `BadRequest`, or `Invalid` naming the field."""
    try:
        document = json_text.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The webhook is not valid JSON: {error.msg}.", detail="body") from None
    try:
        return _read(Fields(document), instance)
    except WrongField as error:
        raise Invalid(str(error), detail=error.path) from None


def _read(top: Fields, instance: str) -> Notification:
    kind = top.maybe_text("object_kind") or top.maybe_text("event_name")
    if not kind:
        raise WrongField("object_kind", "the kind of the webhook, such as pipeline")
    if kind == PIPELINE:
        return _pipeline(top, instance)
    return _job(top, instance) if kind == JOB else Notification(kind[:100])


def _pipeline(top: Fields, instance: str) -> Notification:
    pipeline = top.fields("object_attributes")
    state = pipeline.text("status")
    repo = _repo(top, instance)
    return Notification(
        state,
        repo,
        pipeline.id("id"),
        pipeline.maybe_id("iid"),
        state in RESULTS,
        _asked(top),
        _origin(top, instance),
    )


def _job(top: Fields, instance: str) -> Notification:
    """A job's end is not its pipeline's, of which another webhook tells."""
    return Notification(top.text("build_status"), _repo(top, instance), top.id("pipeline_id"))


def _repo(top: Fields, instance: str) -> str:
    """Older jobs' webhooks have no project, but the address of its page."""
    project = top.maybe_fields("project")
    if project and (path := project.maybe_text("path_with_namespace")):
        if not is_slug(path):
            raise WrongField("project.path_with_namespace", "group/project")
        return path
    for part, name in ((project, "web_url"), (top.maybe_fields("repository"), "homepage")):
        if part and (found := slug_of(part.maybe_text(name), instance)):
            return found
    raise WrongField("project.path_with_namespace", "group/project")


def _asked(top: Fields) -> Asked | None:
    asked = top.maybe_fields("merge_request")
    return asked_of(asked) if asked else None


def _origin(top: Fields, instance: str) -> Origin | None:
    source = top.maybe_fields("source_pipeline")
    parent = source.maybe_id("pipeline_id") if source else None
    if source is None or parent is None:
        return None
    project = source.maybe_fields("project")
    path = project.maybe_text("path_with_namespace") if project else None
    repo = path or (slug_of(project.maybe_text("web_url"), instance) if project else None)
    return Origin(parent, repo, source.maybe_id("job_id"))
