"""`/build/{provider}/{repo}/{number}`: one build, job by job and step by step, on one time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.enough import SIDE
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.addresses import web_address
from buildtimetrend.web.analysis import waterfall
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.endings import ending
from buildtimetrend.web.analysis.explained.lines import lines
from buildtimetrend.web.analysis.waterfall import Axis, Bar
from buildtimetrend.web.analysis.which_build import Which, several
from buildtimetrend.web.http.addresses import build_address, of_pipeline, own_address
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services

SHOWN_JOBS = 500  # of a build: a page has bounds


@dataclass(frozen=True, slots=True)
class Row:
    """A job with what is drawn of it: bars, and those of its steps by their position; how it ended."""

    job: dict[str, Any]
    bars: list[Bar]
    steps: dict[int, Bar]
    url: str | None
    step_urls: dict[int, str]
    ending: str | None


class BuildPage:
    def __init__(self, services: Services) -> None:
        self._data: Data = services.data

    def build(self, request: Request) -> Response:
        """The attempt that `attempt` names, or the last one; of several builds a choice."""
        given, asked = request.path_params, request.query_params
        repo, which = slug(given["repo"]), _which(asked)
        of = given["provider"], repo, given["number"]
        found = self._data.attempts(*of, which)
        if len(builds := several(found)) > 1:
            return page("builds_of_number.html", repo=repo, number=given["number"], builds=builds)
        attempts = self._data.explained(repo, found)
        chosen, notes = _chosen(attempts, asked.get("attempt", ""))
        build, jobs, now = chosen["build"], chosen["jobs"], datetime.now(UTC)
        axis = waterfall.axis(build, jobs, now)
        near = self._data.neighbours(repo, [attempt["build"] for attempt in attempts])
        rows = [_row(axis, job, build, now) for job in sorted(jobs, key=_by_start)[:SHOWN_JOBS]]
        return page(
            "build.html",
            repo=repo,
            build=build,
            rows=rows,
            jobs=len(jobs),
            attempts=attempts,
            compared=_compared(attempts) if len(attempts) > 1 else [],
            notes=notes,
            lines=lines(build["verdict"]["parts"]),
            least=SIDE,
            axis=axis,
            legend=_legend(rows),
            url=_safe(build["url"]),
            previous=near.before,
            following=near.after,
            before=self._data.build_before(repo, attempts[-1]["build"]),
            of_pipeline=of_pipeline(build),
            own=own_address(build) if which.id else build_address(build),
        )


def _which(asked: Mapping[str, str]) -> Which:
    pipeline, instance, build_id = (asked.get(name, "").strip() for name in ("pipeline", "instance", "id"))
    return Which(pipeline, instance, build_id)


def _chosen(attempts: Sequence[dict[str, Any]], wanted: str) -> tuple[dict[str, Any], list[str]]:
    found = [attempt for attempt in attempts if str(attempt["build"]["attempt"]) == wanted]
    if wanted and not found:
        return attempts[-1], [f"attempt: there is no {wanted[:20]!r}. The last one is shown instead."]
    return (found or attempts)[-1], []


def _row(axis: Axis | None, job: dict[str, Any], build: dict[str, Any], now: datetime) -> Row:
    url = _safe(_job_url(build, job))
    steps = _step_urls(build, job, url)
    if axis is None:
        return Row(job, [], {}, url, steps, ending(job))
    bars = {step["position"]: waterfall.step_bar(axis, step) for step in job["steps"]}
    known = {position: bar for position, bar in bars.items() if bar}
    return Row(job, waterfall.job_bars(axis, job, now), known, url, steps, ending(job))


def _step_urls(build: dict[str, Any], job: dict[str, Any], url: str | None) -> dict[int, str]:
    """By position, of the steps that ran and that the CI has a place for."""
    if url is None or build["provider"] not in PROVIDERS:
        return {}
    page = provider_class(build["provider"]).step_page
    ran = [step for step in job["steps"] if step["number"] is not None and step["duration"] is not None]
    found = {step["position"]: page(url, step["number"]) for step in ran}
    return {position: place for position, place in found.items() if place}


def _legend(rows: Sequence[Row]) -> list[str]:
    """The kinds of bars that there are, in the order in which they come in a job."""
    kinds = {bar.colour for row in rows for bar in (*row.bars, *row.steps.values())}
    return [kind for kind in waterfall.COLOURS if kind in kinds]


def _compared(attempts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Jobs side by side: for each its title, and by attempt the job of that title, or None."""
    found: dict[str, list[dict[str, Any] | None]] = {}
    for place, attempt in enumerate(attempts):
        for job in attempt["jobs"]:
            title = job["number"] or job["name"] or job["matrix"] or job["job_id"]
            found.setdefault(title, [None] * len(attempts))[place] = job
    return [{"title": title, "jobs": jobs} for title, jobs in found.items()]


def _job_url(build: dict[str, Any], job: dict[str, Any]) -> str | None:
    """As the CI told it, or as its addresses are made."""
    if job["url"] or not build["url"] or build["provider"] not in PROVIDERS:
        return job["url"]  # type: ignore[no-any-return]
    return provider_class(build["provider"]).job_page(build["url"], job["job_id"])


def _safe(url: str | None) -> str | None:
    return url if web_address(url) else None


def _by_start(job: dict[str, Any]) -> tuple[bool, datetime, int]:
    begun = job["started_at"] or job["queued_at"]
    return begun is None, begun or datetime.max.replace(tzinfo=UTC), job["job_key"]
