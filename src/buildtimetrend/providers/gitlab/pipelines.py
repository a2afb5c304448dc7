"""A pipeline as lists and its own page tell it, and as a build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from buildtimetrend.model import Build, BuildRef, Job
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.gitlab.ended import Times, wall
from buildtimetrend.providers.gitlab.merge_requests import Asked, number_of
from buildtimetrend.providers.gitlab.names import is_steady
from buildtimetrend.providers.gitlab.places import host_of, slug_of
from buildtimetrend.providers.gitlab.times import time_of
from buildtimetrend.providers.gitlab.words import CHILD, RESULTS, result_of_job, trigger_of
from buildtimetrend.providers.times import in_order

# What `workflow:name` may be made of that is no word of its own
_SOURCES = {"push", "schedule", "merge_request_event", CHILD, "external_pull_request_event"}
_SHORTEST = 3  # characters of what is looked for in a name


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`named` is whether the answer has a name, if only an empty one: lists of older servers have none.

    What only its own page tells, `tag` to `finished_at`, is None of one from a list.
    """

    id: str
    number: str | None
    status: str
    ref: str | None
    sha: str | None
    source: str | None
    name: str | None
    named: bool
    page: str | None
    project: str | None
    created_at: datetime | None
    updated_at: datetime | None
    tag: bool | None = None
    user: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in RESULTS

    @property
    def asked(self) -> str | None:
        """The number of the merge request that it is of."""
        return number_of(self.ref)

    def ref_of(self, kind: str, instance: str, repo: str) -> BuildRef:
        return BuildRef(kind, instance, repo, id=self.id, number=self.number or self.id)


@dataclass(frozen=True, slots=True)
class Commit:
    """Of the jobs, which tell more of it than the pipeline."""

    message: str | None = None
    title: str | None = None
    author: str | None = None
    tag: bool | None = None
    user: str | None = None


def pipeline_of(told: Fields) -> Pipeline:
    """Raises `WrongField`."""
    user = told.maybe_fields("user")
    return Pipeline(
        id=told.id("id"),
        number=told.maybe_id("iid"),
        status=told.text("status"),
        ref=told.maybe_text("ref") or None,
        sha=told.maybe_text("sha") or None,
        source=told.maybe_text("source") or None,
        name=told.maybe_text("name") or None,
        named="name" in told,
        page=told.maybe_text("web_url") or None,
        project=told.maybe_id("project_id"),
        created_at=time_of(told, "created_at"),
        updated_at=time_of(told, "updated_at"),
        tag=told.maybe_flag("tag"),
        user=_name_of(user),
        started_at=time_of(told, "started_at"),
        finished_at=time_of(told, "finished_at"),
    )


def went_on(listed: Pipeline, jobs: Sequence[Fields]) -> bool:
    """Whether jobs that were read later show that it changed since it was listed."""
    if any(result_of_job(job.text("status"), ended=listed.ended) is None for job in jobs):
        return True
    begun = (time_of(job, name) for job in jobs for name in ("created_at", "started_at"))
    return not in_order(max((at for at in begun if at), default=None), listed.updated_at)


def commit_of(described: Iterator[Fields]) -> Commit:
    """Of the first job that tells of one; empty without jobs."""
    for job in described:
        commit, user = job.maybe_fields("commit"), job.maybe_fields("user")
        return Commit(
            message=commit.maybe_text("message") if commit else None,
            title=commit.maybe_text("title") if commit else None,
            author=commit.maybe_text("author_name") if commit else None,
            tag=job.maybe_flag("tag"),
            user=_name_of(user),
        )
    return Commit()


@dataclass(frozen=True, slots=True)
class Origin:
    """The pipeline that started it, by a bridge. `repo` is None where it is of the same project; `job` is the
    bridge's id, `bridge` its name.
    """

    parent: str
    repo: str | None = None
    job: str | None = None
    bridge: str | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of a pipeline beside itself. `head_repo` is the fork that its merge request is of."""

    commit: Commit
    asked: Asked | None = None
    head_repo: str | None = None
    origin: Origin | None = None


def build_of(pipeline: Pipeline, jobs: tuple[Job, ...], around: Around, instance: str, repo: str) -> Build:
    """Of a pipeline of this repo, by the name that it was asked for."""
    slug = slug_of(pipeline.page, instance) or repo
    commit, asked, origin = around.commit, around.asked, around.origin
    tag = pipeline.tag if pipeline.tag is not None else bool(commit.tag)
    times = wall(Times(pipeline.started_at, pipeline.finished_at), jobs, ended=pipeline.ended)
    return Build(
        provider="gitlab",
        instance=instance,
        repo=slug,
        repo_id=pipeline.project,
        code_host=host_of(pipeline.page, instance),
        id=pipeline.id,
        number=pipeline.number or pipeline.id,  # servers of before 2018 have no `iid`
        # What is run again of a pipeline is jobs of it: it has one attempt.
        attempt=1,
        result=RESULTS.get(pipeline.status),
        raw_result=pipeline.status,
        pipeline=key_of(pipeline, around),
        branch=_branch(pipeline, asked, around.head_repo, tag=tag),
        tag=pipeline.ref if tag else None,
        commit=pipeline.sha,
        message=commit.message,
        author=commit.author,
        title=pipeline.name,
        trigger=trigger_of(pipeline.source),
        event=pipeline.source,
        actor=pipeline.user or commit.user,
        head_repo=around.head_repo,
        parent_id=origin.parent if origin else None,
        parent_repo=origin.repo if origin and origin.repo and origin.repo.lower() != slug.lower() else None,
        pull_request=asked.pull_request if asked else None,
        url=pipeline.page or f"{instance}/{quote(slug)}/-/pipelines/{pipeline.id}",
        queued_at=pipeline.created_at,
        started_at=times.started_at,
        finished_at=times.finished_at,
        jobs=jobs,
    )


def key_of(pipeline: Pipeline, around: Around) -> str:
    """A child is known by the bridge that starts it, others by a name that is the same for each run, else by
    what starts them.
    """
    if pipeline.source == CHILD and around.origin and around.origin.bridge:
        return around.origin.bridge
    if pipeline.name and is_steady(pipeline.name, _of_the_run(pipeline, around)):
        return pipeline.name
    return pipeline.source or ""


def _of_the_run(pipeline: Pipeline, around: Around) -> Iterator[str]:
    """What CI variables say of this run alone."""
    commit, asked = around.commit, around.asked.pull_request if around.asked else None
    for ref in (pipeline.ref, asked.source_branch if asked else None, asked.target_branch if asked else None):
        if ref and len(ref) > 1:
            yield ref
            yield re.sub(r"[^a-z0-9]+", "-", ref.lower())[:63].strip("-")
            yield from (part for part in ref.split("/") if len(part) > 1 and re.search(r"\d", part))
    people = (commit.author, commit.user, pipeline.user)
    yield from (
        text for text in (asked and asked.title, commit.title, *people) if text and len(text) >= _SHORTEST
    )
    yield from (number for number in (pipeline.id, pipeline.number, pipeline.asked) if number)
    if pipeline.sha:
        yield pipeline.sha[:8]
    if pipeline.source in _SOURCES:
        yield pipeline.source


def _branch(pipeline: Pipeline, asked: Asked | None, head_repo: str | None, *, tag: bool) -> str | None:
    """Of a fork that is gone, or whose name nobody may see, no branch: it is not this repo's of that name."""
    if asked is None:
        return None if tag else pipeline.ref
    if (asked.source_project or asked.gone) and not head_repo:
        return None
    return asked.pull_request.source_branch


def _name_of(user: Fields | None) -> str | None:
    return (user.maybe_text("username") or user.maybe_text("name") or None) if user else None
