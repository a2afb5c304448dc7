"""Questions of the old dashboard, by Keen's protocol and of our own chart API: over HTTP, in turns, uncached.

Both ask one service on the large store. No two questions end their range at the same second, so neither side
has the answer already.
"""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.generate import BIGGEST, large_store
from benchmarks.report import figure
from benchmarks.server import service

TIMES = 21  # each, in turns
RATIO = 1.5
LENGTHS = {"week": (timedelta(days=7), "daily"), "year": (timedelta(weeks=52), "weekly")}
KEYS = {
    "KEEN_PROJECT_ID": "bench",
    "KEEN_READ_KEY": "read",
    "BTT_KEEN_SINK": "off",
    "BTT_LOGLEVEL": "ERROR",
}
JOBS, STEPS = "build_jobs", "build_substages"
DURATION = {"event_collection": JOBS, "target_property": "job.duration"}
BUILDS = {"event_collection": JOBS, "target_property": "job.build"}
OF_BRANCH = {"filter_branch": "main"}
STAGES = {"event_collection": STEPS, "target_property": "stage.duration", "group_by": "stage.name"}


@dataclass(frozen=True, slots=True)
class Question:
    """One of our charts, and what the old dashboard asked for it; an `interval` is put in where it is None.

    Where ours answers less, or from daily summaries, which have no filters and no weeks from Sunday, the
    ratio is for the reader alone.
    """

    chart: str
    analysis: str
    asked: Mapping[str, Any]
    filters: Mapping[str, str] = field(default_factory=dict)  # of our chart
    alike: bool = True


QUESTIONS = {
    "steps of a branch": Question("steps", "average", {**STAGES, "interval": None}, OF_BRANCH),
    "slowest steps": Question("slowest_steps", "average", STAGES),
    "durations": Question("duration", "average", {**DURATION, "interval": None}),
    "branches": Question("branches", "average", {**DURATION, "group_by": "job.branch"}),
    "matrix": Question("matrix", "average", {**DURATION, "group_by": "job.build_matrix.summary"}),
    "hours": Question("hours", "average", {**DURATION, "group_by": "job.started_at.hour_24"}),
    "weekdays": Question("weekdays", "average", {**DURATION, "group_by": "job.started_at.day_of_week"}),
    "jobs": Question("jobs", "count", {"event_collection": JOBS, "group_by": "job.result", "interval": None}),
    "matrix results": Question(
        "matrix_results",
        "count",
        {"event_collection": JOBS, "group_by": ["job.build_matrix.summary", "job.result"]},
    ),
    "builds per branch": Question(
        "builds_per_branch", "count_unique", {**BUILDS, "group_by": "job.branch", "interval": None}
    ),
    "builds of branches": Question("branch_builds", "count_unique", {**BUILDS, "group_by": "job.branch"}),
    "steps": Question("steps", "average", {**STAGES, "interval": None}, alike=False),
    "different jobs": Question(
        "jobs",
        "count_unique",
        {
            "event_collection": JOBS,
            "target_property": "job.job",
            "group_by": "job.result",
            "interval": None,
        },
        alike=False,
    ),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # A copy: another benchmark may have the file open.
        file = Path(shutil.copy(large_store(), folder))
        with service(file, **KEYS) as url, httpx.Client(base_url=url, timeout=60) as client:
            for name, length in LENGTHS.items():
                for question in QUESTIONS:
                    _compare(client, question, name, *length)


def _compare(client: httpx.Client, question: str, name: str, length: timedelta, interval: str) -> None:
    asked = QUESTIONS[question]
    ends = _ends()
    ours, keens = [], []
    for turn in range(TIMES + 1):
        until = next(ends)
        since = until - length
        path = f"/api/v1/projects/{BIGGEST}/charts/{asked.chart}"
        one = _milliseconds(client, path, {**_range(since, until), **asked.filters})
        other = _milliseconds(client, *_asked(asked, since, until, interval))
        if turn:  # the first reads the file's parts into memory
            ours.append(one)
            keens.append(other)
    own, keen = statistics.median(ours), statistics.median(keens)
    target = RATIO if asked.alike else None
    title = f"keen.{question.replace(' ', '_')}.{name}.ratio"
    figure(title, keen / own, "", target, at_most=True, keen_ms=round(keen, 2), own_ms=round(own, 2))


def _ends() -> Iterator[datetime]:
    now = datetime.now(UTC).replace(microsecond=0)
    return (now - timedelta(seconds=second) for second in itertools.count(1))


def _range(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def _asked(question: Question, since: datetime, until: datetime, interval: str) -> tuple[str, dict[str, str]]:
    asked = {name: interval if value is None else value for name, value in question.asked.items()}
    chosen = {"job.repo": BIGGEST, "job.branch": question.filters.get("filter_branch")}
    filters = [
        {"property_name": path, "operator": "eq", "property_value": value}
        for path, value in chosen.items()
        if value is not None
    ]
    asked |= {"timeframe": {"start": since.isoformat(), "end": until.isoformat()}, "filters": filters}
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
    return f"/3.0/projects/bench/queries/{question.analysis}", {**written, "api_key": "read"}


def _milliseconds(client: httpx.Client, path: str, params: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = client.get(path, params=params)
    took = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return took


if __name__ == "__main__":
    main()
