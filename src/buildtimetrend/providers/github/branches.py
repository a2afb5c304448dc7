"""Whose branch a run is of, which tag, which pull request.

A run has `head_branch`, which may be a fork's branch, a tag, or a branch that a merge queue made for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from buildtimetrend.model import PullRequest
from buildtimetrend.providers.fields import Fields

_QUEUE = re.compile(r"gh-readonly-queue/(?P<base>.+)/pr-(?P<number>\d{1,18})-[0-9a-f]+", re.ASCII)
# GitHub does not say whether a push was of a branch or a tag. A whole version is no usual branch.
_VERSION = re.compile(
    r"(?:v?\d+\.\d+\.\d+|v\d+\.\d+|(?:@?[\w./-]+@)v?\d+\.\d+(?:\.\d+)?)(?:[-+.]?[0-9A-Za-z.+-]*)?", re.ASCII
)
_OF_TAGS = "refs/tags/"
TRIGGERS = {
    "schedule": "cron",
    "workflow_dispatch": "api",
    "repository_dispatch": "api",
    "merge_group": "merge_queue",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a run was of; `head_repo` is another repo that the commit is of, `trigger` our word for why."""

    trigger: str | None
    branch: str | None = None
    tag: str | None = None
    head_repo: str | None = None
    pull_request: PullRequest | None = None


def head_of(run: Fields, repo: str, repo_page: str) -> Head:
    event = run.maybe_text("event")
    name = run.maybe_text("head_branch") or None
    trigger = _trigger(event)
    if name and (queued := _QUEUE.fullmatch(name)):
        base, number = queued["base"], queued["number"]
        asked = PullRequest(number, target_branch=base, url=f"{repo_page}/pull/{number}")
        return Head("merge_queue", branch=base, pull_request=asked)
    if name and _is_tag(run, event, name):
        return Head(trigger, tag=name.removeprefix(_OF_TAGS))
    asked_for = _pull_request(run, repo_page)
    head = run.maybe_fields("head_repository")
    owner = head.maybe_text("full_name") if head else None
    if owner and owner.lower() != repo.lower():
        return Head(trigger, name, head_repo=owner, pull_request=asked_for)
    if trigger == "pull_request" and head is None and asked_for is None:
        name = None  # a branch of a fork that is gone: not this repo's of that name
    return Head(trigger, name, pull_request=asked_for)


def _trigger(event: str | None) -> str | None:
    if event and event.startswith("pull_request"):
        return "pull_request"
    return TRIGGERS.get(event, event) if event else None


def _is_tag(run: Fields, event: str | None, name: str) -> bool:
    ref = (run.maybe_text("path") or "").partition("@")[2]
    if name.startswith(_OF_TAGS) or event == "release" or ref == f"{_OF_TAGS}{name}":
        return True
    return (
        event in ("push", "create") and not ref.startswith("refs/heads/") and bool(_VERSION.fullmatch(name))
    )


def _pull_request(run: Fields, repo_page: str) -> PullRequest | None:
    """The one into this repo: a run of a fork's own lists those that its branch is in elsewhere."""
    own = run.maybe_fields("repository")
    own_id = own.maybe_id("id") if own else None
    for asked in run.maybe_each("pull_requests"):
        base, head = asked.maybe_fields("base"), asked.maybe_fields("head")
        into = base.maybe_fields("repo") if base else None
        if into and own_id and into.maybe_id("id") not in (own_id, None):
            continue
        number = asked.id("number")
        return PullRequest(
            number,
            source_branch=head.maybe_text("ref") if head else None,
            target_branch=base.maybe_text("ref") if base else None,
            url=f"{repo_page}/pull/{number}",
        )
    return None
