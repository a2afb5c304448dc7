"""What started a pipeline: a bridge of another one, in the same project or in another.

The API tells it at the bridge alone, webhooks and GraphQL also at the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from buildtimetrend.errors import PermanentError
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.gitlab.api import Api
from buildtimetrend.providers.gitlab.listing import Listing
from buildtimetrend.providers.gitlab.pipelines import Origin, Pipeline
from buildtimetrend.providers.gitlab.places import project_path
from buildtimetrend.providers.gitlab.words import CHILD
from buildtimetrend.providers.kept import Kept

_MOST = 20_000
_DAY = 86_400.0  # s
_CANDIDATES = 3  # pipelines of the same commit whose bridges are looked at


class Origins:
    """What was learned of them. Safe to use from several threads."""

    def __init__(self, api: Api, listing: Listing, listed: Kept[tuple[str, str], Pipeline]) -> None:
        self._api = api
        self._listing = listing
        self._listed = listed
        self._known: Kept[str, Origin] = Kept(_MOST, _DAY)  # by id of a pipeline

    def note(self, pipeline_id: str, origin: Origin) -> None:
        known = self._known.get(pipeline_id)
        if known and known.parent == origin.parent:
            origin = replace(
                origin,
                repo=origin.repo or known.repo,
                job=origin.job or known.job,
                bridge=origin.bridge or known.bridge,
            )
        self._known.put(pipeline_id, origin)

    def note_bridges(self, repo: str, parent: str, bridges: Iterable[Fields]) -> None:
        for bridge in bridges:
            started = bridge.maybe_fields("downstream_pipeline")
            if started and (child := started.maybe_id("id")):
                self.note(child, Origin(parent, repo, bridge.maybe_id("id"), bridge.maybe_text("name")))

    def bridges(self, repo: str, pipeline_id: str) -> list[Fields]:
        """Of a pipeline; none where the server has no such list."""
        path = f"{project_path(repo)}/pipelines/{pipeline_id}/bridges"
        try:
            found = self._api.whole(path, {})
        except PermanentError:
            return []
        self.note_bridges(repo, pipeline_id, found)
        return found

    def of(self, repo: str, pipeline: Pipeline) -> Origin | None:
        """A child's bridge is looked for where nothing has told of it."""
        known = self._known.get(pipeline.id)
        if pipeline.source != CHILD or (known and known.bridge):
            return known
        for parent in [known.parent] if known else self._candidates(repo, pipeline):
            self.bridges(known.repo if known and known.repo else repo, parent)
            found = self._known.get(pipeline.id)
            if found and found.bridge:
                return found
        return known

    def _candidates(self, repo: str, pipeline: Pipeline) -> Iterator[str]:
        """Pipelines of the same commit, the one before it first: those that were listed, then all others."""
        if pipeline.sha is None:
            return
        listed = [other for (name, _), other in self._listed.items() if name == repo.lower()]
        tried = _before(pipeline, listed)
        yield from tried
        for other in _before(pipeline, self._listing.of_commit(repo, pipeline.sha)):
            if other not in tried:
                yield other


def _before(pipeline: Pipeline, others: Iterable[Pipeline]) -> list[str]:
    ids = (
        int(other.id)
        for other in others
        if other.sha == pipeline.sha and other.source != CHILD and int(other.id) < int(pipeline.id)
    )
    return [str(other) for other in sorted(ids, reverse=True)[:_CANDIDATES]]
