"""A workflow run as a build; its jobs are asked for apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from buildtimetrend.model import Build, BuildRef
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.github.branches import head_of
from buildtimetrend.providers.github.places import host_of, is_slug, web_of, workflow_page
from buildtimetrend.providers.github.words import result_of, word_of
from buildtimetrend.providers.github.workflows.place import Place
from buildtimetrend.providers.times import time_of

LARGEST_ATTEMPT = 2**31 - 1  # that a store holds
_IN_A_REPO = re.compile(r"(?P<repo>[^/.][^/]*/[^/]+)/(?=\.github/)")
_FILE = re.compile(r"(?P<file>.*?\.ya?ml)(?:@(?P<ref>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    """`build` has neither jobs nor end yet. `updated_at` is when anything of the run changed last."""

    build: Build
    workflow_id: str | None
    file: Place | None  # its workflow's, as it was when it ran
    shas: Mapping[str, str]  # of the reusable workflows that it called, by path as `owner/name/file@ref`
    created_at: datetime | None
    updated_at: datetime | None

    @property
    def key(self) -> tuple[str, int]:
        return (self.build.id, self.build.attempt or 1)

    @property
    def ended(self) -> bool:
        return self.build.result is not None

    def ref(self, repo: str, attempt: int) -> BuildRef:
        build = self.build
        return BuildRef(build.provider, build.instance, repo, build.id, build.number, attempt)


def run_of(run: Fields, instance: str) -> Run:
    """Raises `WrongField`."""
    repository = run.fields("repository")
    repo = repository.text("full_name")
    if not is_slug(repo):
        raise WrongField("repository.full_name", "owner/name")
    page = repository.maybe_text("html_url") or f"{web_of(instance)}/{repo}"
    key = pipeline_of(run, repo)
    head = head_of(run, repo, page)
    commit = run.maybe_fields("head_commit")
    author = commit.maybe_fields("author") if commit else None
    attempt = int(run.maybe_id("run_attempt") or 1)
    if attempt > LARGEST_ATTEMPT:
        raise WrongField(run.path("run_attempt"), "the number of an attempt")
    created_at = time_of(run, "created_at")
    started_at = time_of(run, "run_started_at") or created_at
    word = word_of(run)
    build = Build(
        provider="github",
        instance=instance,
        repo=repo,
        repo_id=repository.maybe_id("id"),
        code_host=host_of(page),
        id=run.id("id"),
        number=run.id("run_number"),
        attempt=attempt,
        result=result_of(run),
        raw_result=word,
        pipeline=key,
        pipeline_url=workflow_page(page, key),
        branch=head.branch,
        tag=head.tag,
        commit=run.maybe_text("head_sha"),
        message=commit.maybe_text("message") if commit else None,
        author=author.maybe_text("name") if author else None,
        title=run.maybe_text("display_title") or None,
        trigger=head.trigger,
        event=run.maybe_text("event"),
        actor=_login(run, "triggering_actor") or _login(run, "actor"),
        head_repo=head.head_repo,
        pull_request=head.pull_request,
        url=run.maybe_text("html_url"),
        # A re-run keeps the time at which the first attempt was asked for.
        queued_at=created_at if attempt == 1 else started_at,
        started_at=started_at,
    )
    return Run(
        build,
        workflow_id=run.maybe_id("workflow_id"),
        file=_file(run, repo, key),
        shas=_called(run),
        created_at=created_at,
        updated_at=time_of(run, "updated_at"),
    )


def pipeline_of(run: Fields, repo: str) -> str:
    """The workflow's file, without the ref that it was read at; of a file of another repo with that repo
    before it. What runs without a file has a path of GitHub's own, or no more than an id.
    """
    path = run.maybe_text("path") or ""
    found = _FILE.fullmatch(path)
    file = found["file"] if found else path.partition("@")[0]
    own = f"{repo.lower()}/"
    file = file[len(own) :] if file.lower().startswith(own) else file
    return file or run.maybe_id("workflow_id") or ""


def _login(run: Fields, name: str) -> str | None:
    who = run.maybe_fields(name)
    return (who.maybe_text("login") or None) if who else None


def _file(run: Fields, repo: str, key: str) -> Place | None:
    """Where the workflow's file is read. Some runs for pull requests take that of the branch they go to."""
    found = _FILE.fullmatch(key)
    if found is None:
        return None
    own = _IN_A_REPO.match(key)
    ref = (_FILE.fullmatch(run.maybe_text("path") or "") or found)["ref"]
    if own is not None:
        return Place(own["repo"], key[own.end() :], ref)
    if run.maybe_text("event") == "pull_request_target":
        return Place(repo, key, _base_sha(run))
    return Place(repo, key, run.maybe_text("head_sha"))


def _base_sha(run: Fields) -> str | None:
    for asked in run.maybe_each("pull_requests"):
        base = asked.maybe_fields("base")
        return base.maybe_text("sha") if base else None
    return None


def _called(run: Fields) -> dict[str, str]:
    called = (
        (each.maybe_text("path"), each.maybe_text("sha")) for each in run.maybe_each("referenced_workflows")
    )
    return {path: sha for path, sha in called if path and sha}
