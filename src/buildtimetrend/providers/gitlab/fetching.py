"""One pipeline with its jobs, in as few requests as tell all of it.

Its jobs and what needs what take one each; the pipeline itself none where a list told enough of it, unless
its jobs show that it went on since; its bridges none where GraphQL tells them, its merge request one for all
that were listed.
"""

from __future__ import annotations

from typing import TypeAlias

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Build
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.gitlab.api import Api
from buildtimetrend.providers.gitlab.graph import Graph, GraphQL
from buildtimetrend.providers.gitlab.jobs import jobs_of
from buildtimetrend.providers.gitlab.listing import Listing
from buildtimetrend.providers.gitlab.merge_requests import Asked, MergeRequests
from buildtimetrend.providers.gitlab.origins import Origins
from buildtimetrend.providers.gitlab.pipelines import (
    Around,
    Pipeline,
    build_of,
    commit_of,
    pipeline_of,
    went_on,
)
from buildtimetrend.providers.gitlab.places import project_path
from buildtimetrend.providers.gitlab.webhook import Notification
from buildtimetrend.providers.kept import Kept

Listed: TypeAlias = Kept[tuple[str, str], Pipeline]


class Fetching:
    """Safe to use from several threads."""

    def __init__(self, api: Api, listing: Listing, listed: Listed, instance: str) -> None:
        self._api = api
        self._listed = listed
        self._instance = instance
        self._graph = GraphQL(api, instance)
        self._asked = MergeRequests(api, instance)
        self._origins = Origins(api, listing, listed)
        self._knows_names = True  # servers before GitLab 15 have none

    def note(self, told: Notification) -> None:
        """What a webhook says beside which pipeline it is of. What was listed of that is older."""
        if told.repo and told.id:
            self._listed.take((told.repo.lower(), told.id))
        if told.repo and told.asked:
            self._asked.note(told.repo, told.asked)
        if told.id and told.origin:
            self._origins.note(told.id, told.origin)

    def id_of(self, repo: str, number: str) -> str | None:
        """Of a pipeline that was listed."""
        known = (pipeline for (name, _), pipeline in self._listed.items() if name == repo.lower())
        return next((pipeline.id for pipeline in known if pipeline.number == number), None)

    def build(self, repo: str, pipeline_id: str) -> Build:
        """Raises what `Api` does."""
        key = (repo.lower(), pipeline_id)
        listed = self._listed.take(key)
        try:
            return self._build(repo, pipeline_id, listed)
        except TemporaryError:
            if listed:
                self._listed.put(key, listed)
            raise

    def _build(self, repo: str, pipeline_id: str, listed: Pipeline | None) -> Build:
        told_all = listed is not None and self._suffices(listed)
        pipeline = listed if listed and told_all else self._whole(repo, pipeline_id)
        jobs = self._api.whole(
            f"{project_path(repo)}/pipelines/{pipeline_id}/jobs", {"include_retried": "true"}
        )
        if pipeline is listed and (not jobs or went_on(listed, jobs)):
            pipeline = self._whole(repo, pipeline_id)
        graph = self._graph.read(repo, pipeline.number, pipeline.id) if pipeline.number else None
        if graph and graph.origin:
            self._origins.note(pipeline_id, graph.origin)
        bridges = self._bridges_of(repo, pipeline, graph)
        commit = commit_of(iter(jobs))
        asked, head_repo = self._asked_of(repo, pipeline)
        around = Around(commit, asked, head_repo, self._origins.of(repo, pipeline))
        described = jobs_of(jobs, bridges, graph, ended=pipeline.ended)
        return build_of(pipeline, described, around, self._instance, repo)

    def _suffices(self, pipeline: Pipeline) -> bool:
        """Whether a list told all that counts: its name, too, unless the server knows of none."""
        return pipeline.number is not None and (pipeline.named or not self._knows_names)

    def _whole(self, repo: str, pipeline_id: str) -> Pipeline:
        pipeline = pipeline_of(self._api.one(f"{project_path(repo)}/pipelines/{pipeline_id}"))
        self._knows_names = pipeline.named
        return pipeline

    def _bridges_of(self, repo: str, pipeline: Pipeline, graph: Graph | None) -> list[Fields]:
        if graph is None or graph.bridges is None:
            return self._origins.bridges(repo, pipeline.id)
        self._origins.note_bridges(repo, pipeline.id, graph.bridges)
        return graph.bridges

    def _asked_of(self, repo: str, pipeline: Pipeline) -> tuple[Asked | None, str | None]:
        """The merge request, and the fork that it is of."""
        number = pipeline.asked
        if number is None:
            return None, None
        listed = (other.asked for (name, _), other in self._listed.items() if name == repo.lower())
        asked = self._asked.get(repo, number, [other for other in listed if other])
        return asked, self._asked.repo_of(asked)
