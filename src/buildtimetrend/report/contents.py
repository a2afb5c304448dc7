"""What a report says, as the API tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from buildtimetrend.errors import NotFound
from buildtimetrend.text import path
from buildtimetrend.web.analysis.picture import Median

Row: TypeAlias = dict[str, Any]

STEPS = 15  # the slowest
LEAST = 1.0  # s: quicker steps are counted, not listed
DAILY = timedelta(weeks=3)  # of a longer range the median is of weeks


class Api(Protocol):
    """A client of a service's API, paths from `/api/v1` on."""

    def get(self, path: str, **params: str | int) -> Any: ...

    def each(self, path: str, name: str, **params: str | int) -> Iterator[Any]: ...


@dataclass(frozen=True, slots=True)
class Contents:
    """`findings` are of all pipelines; `builds`, `medians`, `steps` and `latest` of `pipeline`, which took
    most time. `latest` is the last attempt of the last build, with its jobs and their steps.
    """

    repo: str
    since: datetime
    until: datetime
    findings: list[Row]
    looked_at: int  # builds, for findings
    pipelines: list[Row]
    pipeline: Row
    builds: list[Row]
    medians: list[Median]
    steps: list[Row]
    quick_steps: int  # that take less than `LEAST`
    latest: Row


def gather(api: Api, repo: str, since: datetime, until: datetime, pipeline: str | None = None) -> Contents:
    """Raises `NotFound` where no build of the repo, or of that pipeline, ended in the range."""
    of = f"/projects/{path(repo)}"
    asked: dict[str, str | int] = {"since": since.isoformat(), "until": until.isoformat()}
    only = asked | ({"filter_pipeline": pipeline} if pipeline else {})
    pipelines = [row for row in api.get(f"{of}/pipelines", **only)["pipelines"] if row["builds"]]
    if not pipelines:
        named = f" of pipeline {pipeline}" if pipeline else ""
        raise NotFound(f"No build{named} of {repo} ended since {since:%Y-%m-%d}.", detail="repo")
    chosen = max(pipelines, key=lambda row: row["job_time"] or 0.0)
    of_chosen = asked | {"filter_pipeline": chosen["id"]}
    builds = [_dated(row) for row in api.each(f"{of}/builds", "builds", **of_chosen)]
    since = max(since, min(row["finished_at"] for row in builds))  # the range is not wider than what is there
    of_chosen["since"] = since.isoformat()
    found = api.get(f"{of}/findings", **only)
    interval = "day" if until - since <= DAILY else "week"
    steps = api.get(f"{of}/steps", **of_chosen)["steps"]
    slow = [row for row in steps if row["p50"] >= LEAST]
    return Contents(
        repo=repo,
        since=since,
        until=until,
        findings=found["findings"],
        looked_at=found["builds"],
        pipelines=pipelines,
        pipeline=chosen,
        builds=builds,
        medians=_medians(api.get(f"{of}/charts/build_times", interval=interval, **of_chosen)),
        steps=slow[:STEPS],
        quick_steps=len(steps) - len(slow),
        latest=_latest(api, of, builds[0]),
    )


def _medians(chart: Row) -> list[Median]:
    columns = {column["name"]: column["values"] for column in chart["columns"]}
    starts = [datetime.fromisoformat(start) for start in columns["time"]]
    ends = [*starts[1:], datetime.fromisoformat(chart["until"])]
    each = zip(starts, ends, columns["p50"], strict=True)
    return [Median(start, end, seconds) for start, end, seconds in each if seconds is not None]


def _latest(api: Api, of: str, build: Row) -> Row:
    meant = {"id": build["build_id"], "instance": build["instance"]}
    place = f"{of}/builds/{path(build['provider'])}/{path(build['number'] or build['build_id'])}"
    attempt = api.get(place, **meant)["attempts"][-1]
    jobs = [_dated(job) | {"steps": [_dated(step) for step in job["steps"]]} for job in attempt["jobs"]]
    return {"build": _dated(attempt["build"]), "jobs": jobs}


def _dated(row: Row) -> Row:
    """With its instants, which JSON has as text."""
    times = {name: row[name] for name in ("queued_at", "started_at", "finished_at") if row.get(name)}
    return row | {name: datetime.fromisoformat(at) for name, at in times.items()}
