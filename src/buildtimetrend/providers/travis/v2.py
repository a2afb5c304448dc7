"""Builds as API version 2 describes them: `{build, jobs, commit}`, or lists of them."""

from __future__ import annotations

from buildtimetrend.model import Build
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.travis.complete import completed
from buildtimetrend.providers.travis.jobs import jobs_of, pull_request_of, queued_at
from buildtimetrend.providers.travis.names import page_of
from buildtimetrend.providers.travis.states import result_of


def build_path(build_id: str) -> str:
    return f"/builds/{build_id}"


def build_of(answer: object, instance: str, repo: str) -> Build:
    """Raises `WrongField`, or `TemporaryError` while the build is not complete.

    `repo` is the slug that was asked for: version 2 answers only with the repo's id.
    """
    top = Fields(answer)
    build = top.fields("build")
    commit = _commit(top, build)
    state = build.text("state")
    build_id = build.id("id")
    branch, tag = _branch_and_tag(build, commit)
    jobs = jobs_of(top.each("jobs"))
    mapped = Build(
        provider="travis",
        instance=instance,
        repo=repo,
        repo_id=build.maybe_id("repository_id"),
        id=build_id,
        number=build.id("number"),
        result=result_of(build, state),
        raw_result=state,
        branch=branch,
        tag=tag,
        commit=commit.maybe_text("sha") if commit else None,
        message=commit.maybe_text("message") if commit else None,
        author=(commit.maybe_text("author_name") or None) if commit else None,
        trigger=build.maybe_text("event_type")
        or ("pull_request" if build.maybe_flag("pull_request") else "push"),
        pull_request=pull_request_of(build),
        url=page_of(instance, repo, build_id),
        queued_at=queued_at(build) or min((job.queued_at for job in jobs if job.queued_at), default=None),
        started_at=build.maybe_time("started_at"),
        finished_at=build.maybe_time("finished_at"),
        jobs=jobs,
    )
    return completed(mapped, commit.maybe_time("committed_at") if commit else None)


def _commit(top: Fields, build: Fields) -> Fields | None:
    """The build's own commit; the only one of a list is that, whatever its id."""
    if top.get("commits") is None:
        return top.maybe_fields("commit")
    wanted = build.maybe_id("commit_id")
    commits = list(top.each("commits"))
    if len(commits) == 1:
        return commits[0]
    return next((commit for commit in commits if commit.maybe_id("id") == wanted), None)


def _branch_and_tag(build: Fields, commit: Fields | None) -> tuple[str | None, str | None]:
    branch = (commit.maybe_text("branch") if commit else None) or build.maybe_text("branch") or None
    tag = (commit.maybe_text("tag") if commit else None) or build.maybe_text("tag") or None
    return (None if branch == tag else branch), tag
