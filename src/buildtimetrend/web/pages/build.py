"""`/build/{provider}/{repo}/{number}`: one build, job by job and step by step, on one time axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.enough import LEAST
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.addresses import web_address
from buildtimetrend.store.reads.neighbours import is_later
from buildtimetrend.web.analysis import waterfall
from buildtimetrend.web.analysis.attempts import changed
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.explained.table import table_lines
from buildtimetrend.web.analysis.job_endings import BROKEN, ending, failing_step
from buildtimetrend.web.analysis.since import is_it_over
from buildtimetrend.web.analysis.waterfall import Bar
from buildtimetrend.web.analysis.which_build import Which, several
from buildtimetrend.web.analysis.zoom import Zoom, zoom
from buildtimetrend.web.http.addresses import build_address, of_pipeline, own_address
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.within import in_usual, of_build
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services

SHOWN_JOBS = 500  # of a build: a page has bounds
SIDE_BY_SIDE = 4  # attempts


@dataclass(frozen=True, slots=True)
class Row:
    """A job with what is drawn of it: bars, those of its steps by position, and how far it usually runs.

    Its steps are those that are listed, and `quick` ones, which are folded. `failing` made it fail.
    """

    job: dict[str, Any]
    url: str | None
    step_urls: dict[int, str]
    ending: str | None
    failing: dict[str, Any] | None
    listed: list[dict[str, Any]]
    quick: list[dict[str, Any]]
    bars: list[Bar] = field(default_factory=list)
    steps: dict[int, Bar] = field(default_factory=dict)
    usual: Bar | None = None
    zoom: str | None = None  # the query that shows the job alone
    open: bool = False


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
        whole = waterfall.axis(build, _own_jobs(chosen), now)
        shows = zoom(whole, asked) if whole else None
        before = self._data.build_before(repo, attempts[-1]["build"])
        near = self._data.neighbours(repo, [attempt["build"] for attempt in attempts])
        longest = _longest_of_the_path(jobs)
        shown = sorted(jobs, key=_by_start)[:SHOWN_JOBS]
        rows = _opened([_row(shows, job, build, now, longest) for job in shown])
        parts = table_lines(build["verdict"]["parts"])
        kept = self._data.kept_findings(repo, str(build["pipeline_id"]))
        within = of_build(kept, build, self._data.quiet_since(repo))
        usual_has = in_usual(within, build)
        return page(
            "build.html",
            repo=repo,
            build=build,
            rows=rows,
            jobs=len(jobs),
            attempts=attempts,
            side_by_side=_side_by_side(attempts, now) if len(attempts) > 1 else [],
            changed=changed(attempts),
            over="" if usual_has else is_it_over(build, self._data.passed_after(repo, build), within),
            within=within,
            in_usual=usual_has,
            notes=[*notes, shows.note] if shows and shows.note else notes,
            lines=parts,
            stretches=_stretches(build, parts),
            by_itself=_held_by_itself(build["verdict"]["causes"], parts),
            zoom=shows,
            legend=_legend(rows),
            longest=_called(rows),
            url=_safe(build["url"]),
            previous=near.before,
            following=near.after,
            before=before,
            ended_before=is_later(before, build["number"]),
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


def _held_by_itself(causes: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]]) -> str | None:
    """The job of a step whose usual time in the sentence is another one than in the table."""
    usual = {line["step"]: line["usual"] for line in parts if line["step"]}
    found = (
        cause["job"]
        for cause in causes
        if cause["kind"] == "step" and cause["job"] and cause["usual"] is not None and cause["step"] in usual
        if abs(cause["usual"] - usual[cause["step"]]) >= LEAST
    )
    return next(found, None)


def _opened(rows: Sequence[Row]) -> Sequence[Row]:
    """A job that failed the build is what people come for; else those that the build waited for."""
    broke = next((row for row in rows if row.job["result"] in BROKEN and not row.job["allow_failure"]), None)
    return [
        replace(row, open=row is broke if broke else row.job["critical"] or len(rows) == 1) for row in rows
    ]


def _row(
    shows: Zoom | None, job: dict[str, Any], build: dict[str, Any], now: datetime, longest: str | None
) -> Row:
    url = _safe(_job_url(build, job))
    failing = failing_step(job)
    quick = [step for step in job["steps"] if _is_quick(step) and step["position"] != failing]
    if len(quick) == len(job["steps"]):
        quick = []
    row = Row(
        job=job,
        url=url,
        step_urls=_step_urls(build, job, url),
        ending=ending(job),
        failing=next((step for step in job["steps"] if step["position"] == failing), None),
        listed=[step for step in job["steps"] if step not in quick],
        quick=quick,
    )
    if shows is None:
        return row
    axis = shows.axis
    key = waterfall.longest_step(job, longest)
    bars = {
        step["position"]: waterfall.step_bar(axis, step, key, failed=step["position"] == failing)
        for step in job["steps"]
    }
    return replace(
        row,
        bars=waterfall.job_bars(axis, job, now, longest),
        steps={position: bar for position, bar in bars.items() if bar},
        usual=waterfall.usual_run(axis, job) if job["result"] == "passed" else None,
        zoom=shows.of_job(job, now),
    )


def _is_quick(step: Mapping[str, Any]) -> bool:
    seconds = step["duration"]
    return seconds is None or (seconds < LEAST and step["result"] in (None, "passed", "skipped"))


def _longest_of_the_path(jobs: Sequence[Mapping[str, Any]]) -> str | None:
    """The key of the step that took longest along the critical path, told from others in every job."""
    seconds = Counter[str]()
    for job in jobs:
        for step in job["steps"]:
            if job["critical"] and step["depth"] == 0 and step["duration"] is not None:
                seconds[step["key"]] += step["duration"]
    return max(seconds, key=lambda key: seconds[key], default=None)


def _called(rows: Sequence[Row]) -> str | None:
    """What the longest step is called, if it is the same one in every job."""
    names = {bar.label for row in rows for bar in row.bars if bar.kind == "longest"}
    return names.pop() if len(names) == 1 else None


def _stretches(build: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """This build and a usual one on one axis, in percent of the longer: wall time and stretches of each."""
    whole = max(sum(part[of] for part in parts) for of in ("seconds", "usual")) if parts else 0.0
    if whole <= 0:
        return []
    found = []
    for of, seconds in (("seconds", build["duration"]), ("usual", build["usual"])):
        at, stretches = 0.0, []
        for part in parts:
            width = max(0.0, 100 * part[of] / whole)
            stretches.append(
                {name: part[name] for name in ("kind", "label", "colour")}
                | {"seconds": part[of], "x": round(at, 3), "width": round(width, 3)}
            )
            at += width
        found.append({"of": of, "seconds": seconds, "stretches": stretches})
    return found


def _side_by_side(attempts: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The last attempts with bars of their jobs, all on one scale, which is that of the longest."""
    shown = attempts[-SIDE_BY_SIDE:]
    axes = [waterfall.axis(attempt["build"], _own_jobs(attempt), now) for attempt in shown]
    longest = max((axis.seconds for axis in axes if axis), default=0.0)
    return [
        {
            "build": attempt["build"],
            "jobs": [
                {
                    "job": job,
                    "bars": waterfall.job_bars(replace(axis, seconds=longest), job, now) if axis else [],
                }
                for job in sorted(attempt["jobs"], key=_by_start)[:SHOWN_JOBS]
            ],
        }
        for attempt, axis in zip(shown, axes, strict=True)
    ]


def _step_urls(build: dict[str, Any], job: dict[str, Any], url: str | None) -> dict[int, str]:
    """By position, of the steps that ran and that the CI has a place for."""
    if url is None or build["provider"] not in PROVIDERS:
        return {}
    page = provider_class(build["provider"]).step_page
    ran = [step for step in job["steps"] if step["number"] is not None and step["duration"] is not None]
    found = {step["position"]: page(url, step["number"]) for step in ran}
    return {position: place for position, place in found.items() if place}


def _own_jobs(attempt: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Without those that an earlier attempt ran, and this one did not."""
    since = attempt["build"]["started_at"]
    return [
        job
        for job in attempt["jobs"]
        if since is None or job["finished_at"] is None or job["finished_at"] > since
    ]


def _legend(rows: Sequence[Row]) -> list[str]:
    """The kinds of bars that there are, in the order in which they come in a job."""
    kinds = {bar.kind for row in rows for bar in (*row.bars, *row.steps.values())}
    return [kind for kind in waterfall.KINDS if kind in kinds]


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
