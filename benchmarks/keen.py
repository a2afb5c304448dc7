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
from collections.abc import Iterator
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
# Our chart -> the old dashboard's question that is nearest to it; `interval` is put in where it is None.
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "steps": (
        "average",
        {
            "event_collection": STEPS,
            "target_property": "stage.duration",
            "group_by": "stage.name",
            "interval": None,
        },
    ),
    "slowest_steps": (
        "average",
        {"event_collection": STEPS, "target_property": "stage.duration", "group_by": "stage.name"},
    ),
    "duration": ("average", {**DURATION, "interval": None}),
    "branches": ("average", {**DURATION, "group_by": "job.branch"}),
    "matrix": ("average", {**DURATION, "group_by": "job.build_matrix.summary"}),
    "hours": ("average", {**DURATION, "group_by": "job.started_at.hour_24"}),
    "weekdays": ("average", {**DURATION, "group_by": "job.started_at.day_of_week"}),
    "jobs": (
        "count_unique",
        {"event_collection": JOBS, "target_property": "job.job", "group_by": "job.result", "interval": None},
    ),
    "matrix_results": (
        "count_unique",
        {
            "event_collection": JOBS,
            "target_property": "job.job",
            "group_by": ["job.build_matrix.summary", "job.result"],
        },
    ),
    "builds_per_branch": (
        "count_unique",
        {
            "event_collection": JOBS,
            "target_property": "job.build",
            "group_by": "job.branch",
            "interval": None,
        },
    ),
    "branch_builds": (
        "count_unique",
        {"event_collection": JOBS, "target_property": "job.build", "group_by": "job.branch"},
    ),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # A copy: another benchmark may have the file open.
        file = Path(shutil.copy(large_store(), folder))
        with service(file, **KEYS) as url, httpx.Client(base_url=url, timeout=60) as client:
            for name, length in LENGTHS.items():
                for chart in QUESTIONS:
                    _compare(client, chart, name, *length)


def _compare(client: httpx.Client, chart: str, name: str, length: timedelta, interval: str) -> None:
    ends = _ends()
    ours, keens = [], []
    for turn in range(TIMES + 1):
        until = next(ends)
        since = until - length
        one = _milliseconds(client, f"/api/v1/projects/{BIGGEST}/charts/{chart}", _range(since, until))
        other = _milliseconds(client, *_asked(chart, since, until, interval))
        if turn:  # the first reads the file's parts into memory
            ours.append(one)
            keens.append(other)
    own, keen = statistics.median(ours), statistics.median(keens)
    figure(
        f"keen.{chart}.{name}.ratio",
        keen / own,
        "",
        RATIO,
        at_most=True,
        keen_ms=round(keen, 2),
        own_ms=round(own, 2),
    )


def _ends() -> Iterator[datetime]:
    now = datetime.now(UTC).replace(microsecond=0)
    return (now - timedelta(seconds=second) for second in itertools.count(1))


def _range(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def _asked(chart: str, since: datetime, until: datetime, interval: str) -> tuple[str, dict[str, str]]:
    analysis, question = QUESTIONS[chart]
    asked = {name: interval if value is None else value for name, value in question.items()}
    of_repo = [{"property_name": "job.repo", "operator": "eq", "property_value": BIGGEST}]
    asked |= {"timeframe": {"start": since.isoformat(), "end": until.isoformat()}, "filters": of_repo}
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
    return f"/3.0/projects/bench/queries/{analysis}", {**written, "api_key": "read"}


def _milliseconds(client: httpx.Client, path: str, params: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = client.get(path, params=params)
    took = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return took


if __name__ == "__main__":
    main()
