"""Builds as API version 3 describes them."""

from __future__ import annotations

from buildtimetrend.model import Build
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.travis.complete import completed
from buildtimetrend.providers.travis.jobs import jobs_of, name_of, pull_request_of, queued_at
from buildtimetrend.providers.travis.names import is_slug, page_of
from buildtimetrend.providers.travis.states import result_of


def build_path(build_id: str) -> str:
    return f"/build/{build_id}?include=build.commit,build.jobs,job.config"


def build_of(answer: object, instance: str) -> Build:
    """Raises `WrongField`, or `TemporaryError` while the build is not complete.

    The answer's `duration` is the sum over the jobs; ours is wall time, from the build's start and end.
    """
    top = Fields(answer)
    repository = top.fields("repository")
    commit = top.maybe_fields("commit")
    state = top.text("state")
    jobs = jobs_of(top.each("jobs"))
    slug, build_id, number = repository.text("slug"), top.id("id"), top.id("number")
    if not is_slug(slug):
        raise WrongField("repository.slug", "owner/name")
    tag = name_of(top, "tag")
    branch = name_of(top, "branch")
    build = Build(
        provider="travis",
        instance=instance,
        repo=slug,
        repo_id=repository.maybe_id("id"),
        id=build_id,
        number=number,
        result=result_of(top, state),
        raw_result=state,
        branch=None if tag and branch == tag else branch,
        tag=tag,
        commit=commit.maybe_text("sha") if commit else None,
        message=commit.maybe_text("message") if commit else None,
        author=name_of(commit, "author") if commit else None,
        trigger=top.maybe_text("event_type"),
        pull_request=pull_request_of(top),
        url=page_of(instance, slug, build_id),
        queued_at=queued_at(top) or min((job.queued_at for job in jobs if job.queued_at), default=None),
        started_at=top.maybe_time("started_at"),
        finished_at=top.maybe_time("finished_at"),
        jobs=jobs,
    )
    return completed(build, commit.maybe_time("committed_at") if commit else None)
