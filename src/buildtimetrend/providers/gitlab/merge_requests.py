"""The merge requests that pipelines are of. The API names them by `refs/merge-requests/N/head`, `…/merge` for
merged results, or `…/train`; webhooks bring what else is told of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from buildtimetrend.errors import PermanentError
from buildtimetrend.model import PullRequest
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.gitlab.api import PAGE, Api
from buildtimetrend.providers.gitlab.places import is_slug, project_path, slug_of
from buildtimetrend.providers.kept import Kept

_REF = re.compile(r"refs/merge-requests/(?P<number>[0-9]{1,18})/(?:head|merge|train)", re.ASCII)
_MOST = 10_000
_SECONDS = 600.0  # for which an answer is good for all pipelines of a merge request


@dataclass(frozen=True, slots=True)
class Asked:
    """`source_project` is the id of the project that the branch is of, where that is another one: a fork.
    `known` is false of one of which GitLab tells nothing, `gone` true of one whose fork was deleted.
    """

    pull_request: PullRequest
    source_project: str | None = None
    source_repo: str | None = None
    known: bool = True
    gone: bool = False


def number_of(ref: str | None) -> str | None:
    found = _REF.fullmatch(ref or "")
    return found["number"] if found else None


def asked_of(asked: Fields) -> Asked | None:
    """As the API and webhooks tell it."""
    number = asked.maybe_id("iid")
    if number is None:
        return None
    source, target = asked.maybe_id("source_project_id"), asked.maybe_id("target_project_id")
    head = asked.maybe_fields("source")
    path = head.maybe_text("path_with_namespace") if head else None
    forked = source is not None and target is not None and source != target
    return Asked(
        PullRequest(
            number,
            asked.maybe_text("title") or None,
            asked.maybe_text("source_branch") or None,
            asked.maybe_text("target_branch") or None,
            asked.maybe_text("web_url") or asked.maybe_text("url") or None,
        ),
        source if forked else None,
        path if forked and path and is_slug(path) else None,
        gone="source_project_id" in asked and source is None and target is not None,
    )


class MergeRequests:
    """Those of all projects that were asked for or told of lately."""

    def __init__(self, api: Api, instance: str) -> None:
        self._api = api
        self._instance = instance
        self._known: Kept[tuple[str, str], Asked] = Kept(_MOST, _SECONDS)
        self._refused: Kept[str, bool] = Kept(_MOST, _SECONDS)  # by project
        self._repos: Kept[str, str] = Kept(_MOST, _SECONDS)  # of forks, by id; empty where nobody may see it

    def note(self, repo: str, asked: Asked) -> None:
        self._known.put((repo.lower(), asked.pull_request.number), asked)

    def get(self, repo: str, number: str, others: Iterable[str]) -> Asked:
        """One, of which more is asked for if need be: together with `others` that will be, too."""
        known = self._known.get((repo.lower(), number))
        if known is None:
            self._ask(repo, [number, *others])
            known = self._known.get((repo.lower(), number))
        return known or Asked(PullRequest(number), known=False)

    def repo_of(self, asked: Asked) -> str | None:
        """The fork that it is of, as far as GitLab tells."""
        if asked.source_repo or asked.source_project is None:
            return asked.source_repo
        known = self._repos.get(asked.source_project)
        if known is None:
            known = self._project(asked.source_project)
            self._repos.put(asked.source_project, known)
        return known or None

    def _ask(self, repo: str, numbers: Iterable[str]) -> None:
        wanted = [
            number for number in dict.fromkeys(numbers) if self._known.get((repo.lower(), number)) is None
        ]
        for each in self._told(repo, wanted[:PAGE]):
            try:
                asked = asked_of(each)
            except WrongField:
                continue
            if asked and asked.pull_request.number in wanted:
                self.note(repo, asked)

    def _told(self, repo: str, numbers: Sequence[str]) -> list[Fields]:
        """What GitLab says of them; nothing for a while of a project whose merge requests it refuses."""
        path = f"{project_path(repo)}/merge_requests"
        query = urlencode([("iids[]", number) for number in numbers] + [("per_page", str(PAGE))])
        if self._refused.get(repo.lower()):
            return []
        try:
            return self._api.listed(f"{path}?{query}")
        except PermanentError:
            pass
        try:
            return [self._api.one(f"{path}/{numbers[0]}")]
        except PermanentError:
            self._refused.put(repo.lower(), value=True)
            return []

    def _project(self, project: str) -> str:
        try:
            told = self._api.one(f"/projects/{project}")
            path = told.maybe_text("path_with_namespace") or slug_of(
                told.maybe_text("web_url"), self._instance
            )
        except (PermanentError, WrongField):
            return ""
        return path if path and is_slug(path) else ""
