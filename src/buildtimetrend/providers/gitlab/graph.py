"""What only GraphQL tells of a pipeline: what its jobs need, which wait for a person, what started it.

Not all tokens may ask it, nor do all servers know all of it: without it needs are estimated by stages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.gitlab.api import Api
from buildtimetrend.providers.gitlab.pipelines import Origin
from buildtimetrend.providers.http import NotJson, Refused
from buildtimetrend.providers.kept import Kept

MOST_PAGES = 20  # of 100 jobs
MOST_FAULTS = 5  # in a row
NOT_IMPLEMENTED = 501
_REFUSED = 600.0  # seconds for which a server that refused is not asked again
_ID = re.compile(r"gid://gitlab/(?P<kind>[\w:]+)/(?P<id>[0-9]{1,18})", re.ASCII)
_QUERY = """
query ($path: ID!, $iid: ID!, $after: String) {
  project(fullPath: $path) {
    pipeline(iid: $iid) {
      id
      upstream { id project { fullPath } }
      sourceJob { id name }
      jobs(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id name status allowFailure createdAt startedAt finishedAt queuedDuration
          manualJob schedulingType webPath
          stage { name }
          needs { nodes { name } }
          downstreamPipeline { id project { fullPath } }
        }
      }
    }
  }
}
"""
_BRIDGE = "Ci::Bridge"
_LOGGER = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Graph:
    """`needs` by name of a job: names, or None for one that waits for the stage before; `manual` ids of jobs.

    `bridges` are as the REST API has them; None where they are to be asked for there.
    """

    needs: dict[str, tuple[str, ...] | None]
    manual: frozenset[str]
    origin: Origin | None
    bridges: list[Fields] | None


class _Unseen(Exception):
    """It tells nothing of the whole project."""


class GraphQL:
    def __init__(self, api: Api, instance: str) -> None:
        self._api = api
        self._instance = instance
        self._refused: Kept[str, str] = Kept(1000, _REFUSED)  # by repo, or all of them
        self._faults: Kept[str, int] = Kept(1, _REFUSED)
        self._answered = False

    def read(self, repo: str, number: str, pipeline: str) -> Graph | None:
        """None where GraphQL does not answer as it should. Raises `TemporaryError` of a limit, and of a fault
        that may pass; `Stopped`.
        """
        if self._refused.get(repo.lower()) or self._refused.get(""):
            return None
        try:
            found = self._read(repo, number, pipeline)
        except Refused as error:
            # A token that may not ask may never; of one repo nothing is known of others.
            self._refused.put("" if error.http_status != 403 else repo.lower(), error.message)
        except TemporaryError as error:
            if error.retry_after is not None or self._may_pass(error):
                raise
            self._refused.put("", error.message)
        except _Unseen as error:
            self._refused.put(repo.lower(), str(error))
        except (PermanentError, WrongField) as error:
            _LOGGER.info("needs unknown", repo=repo, pipeline=pipeline, reason=str(error))
        else:
            self._answered = True
            self._faults.take("")
            return found
        return None

    def _may_pass(self, error: TemporaryError) -> bool:
        """Whether another try is worth while: of a server that has GraphQL some, of others one."""
        no_graphql = isinstance(error, NotJson) or getattr(error, "http_status", None) == NOT_IMPLEMENTED
        if no_graphql and not self._answered:
            return False
        faults = self._faults.get("") or 0
        self._faults.put("", faults + 1)
        return faults < (MOST_FAULTS if self._answered else 1)

    def _read(self, repo: str, number: str, pipeline: str) -> Graph:
        nodes: list[Fields] = []
        after: str | None = None
        for _ in range(MOST_PAGES):
            answer = self._api.graph(_QUERY, {"path": repo, "iid": number, "after": after})
            found = _project(answer, repo).fields("pipeline")
            if _id_of(found.maybe_text("id")) != pipeline:
                raise WrongField("data.project.pipeline.id", f"that of pipeline {pipeline}")
            jobs = found.fields("jobs")
            nodes += jobs.each("nodes")
            page = jobs.maybe_fields("pageInfo")
            if page is None or not page.maybe_flag("hasNextPage") or page.maybe_text("endCursor") == after:
                break
            after = page.text("endCursor")
        return Graph(
            {node.text("name"): _needs(node) for node in nodes},
            frozenset(_jobs_that(nodes, "manualJob")),
            _origin(found),
            self._bridges(nodes),
        )

    def _bridges(self, nodes: list[Fields]) -> list[Fields] | None:
        bridges = [node for node in nodes if _kind_of(node) == _BRIDGE]
        if any(_kind_of(node) is None for node in nodes) or not all("status" in node for node in bridges):
            return None
        return [Fields(_as_rest(node, self._instance)) for node in bridges]


def _project(answer: object, repo: str) -> Fields:
    """Raises `_Unseen`."""
    data = answer.get("data") if isinstance(answer, dict) else None
    project = data.get("project") if isinstance(data, dict) else None
    if project is None:
        raise _Unseen(f"GraphQL tells nothing of {repo}.")
    return Fields(project, "data.project")


def _needs(node: Fields) -> tuple[str, ...] | None:
    """An empty list is of a job that waits for none, unless it goes by stages."""
    scheduling = node.maybe_text("schedulingType")
    needs = node.maybe_fields("needs")
    names = tuple(need.text("name") for need in needs.each("nodes")) if needs else ()
    return names if names or (scheduling or "").lower() == "dag" else None


def _jobs_that(nodes: list[Fields], flag: str) -> Iterator[str]:
    for node in nodes:
        if node.maybe_flag(flag) and (found := _id_of(node.maybe_text("id"))):
            yield found


def _origin(pipeline: Fields) -> Origin | None:
    upstream, job = pipeline.maybe_fields("upstream"), pipeline.maybe_fields("sourceJob")
    parent = _id_of(upstream.maybe_text("id")) if upstream else None
    if upstream is None or parent is None:
        return None
    project = upstream.maybe_fields("project")
    return Origin(
        parent,
        project.maybe_text("fullPath") if project else None,
        _id_of(job.maybe_text("id")) if job else None,
        job.maybe_text("name") if job else None,
    )


def _as_rest(node: Fields, instance: str) -> dict[str, object]:
    """A bridge in the words of the REST API."""
    stage, started = node.maybe_fields("stage"), node.maybe_fields("downstreamPipeline")
    project = started.maybe_fields("project") if started else None
    path = node.maybe_text("webPath")
    return {
        "id": _id_of(node.maybe_text("id")),
        "name": node.text("name"),
        "status": node.text("status").lower(),
        "stage": stage.maybe_text("name") if stage else None,
        "allow_failure": node.get("allowFailure"),
        "created_at": node.get("createdAt"),
        "started_at": node.get("startedAt"),
        "finished_at": node.get("finishedAt"),
        "queued_duration": node.get("queuedDuration"),
        "web_url": f"{instance}{path}" if path else None,
        "downstream_pipeline": {
            "id": _id_of(started.maybe_text("id")),
            "path": project.maybe_text("fullPath") if project else None,
        }
        if started
        else None,
    }


def _kind_of(node: Fields) -> str | None:
    found = _ID.fullmatch(node.maybe_text("id") or "")
    return found["kind"] if found else None


def _id_of(text: str | None) -> str | None:
    found = _ID.fullmatch(text or "")
    return found["id"] if found else None
