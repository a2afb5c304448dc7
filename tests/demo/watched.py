"""The demo's builds as findings are looked for in them, without a store: each pipeline's that are watched."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from buildtimetrend.findings.series import Measured, Runs, Thing, Values
from buildtimetrend.findings.watch import ENOUGH
from buildtimetrend.store.reads.measured import MOST_BUILDS
from tests.demo.planted import Played


def pipelines(played: Iterable[Played]) -> Mapping[tuple[str, str], Measured]:
    """Of each repo and pipeline, the last builds of the default branch that passed, else of all."""
    builds = defaultdict(list)
    for build in played:
        builds[build.repo, build.pipeline].append(build)
    return {place: measured(watched(of)) for place, of in builds.items()}


def jobs_of(played: Sequence[Played], repos: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows as `reads.jobs_of_all` has them; a repo's id is its place."""
    for build in sorted(played, key=lambda build: build.begins):
        for job, (_, begins, _) in zip(build.jobs, build.times(), strict=True):
            if job.passed:
                yield {
                    "repo_id": repos.index(build.repo),
                    "build_id": f"{build.number}",
                    "name": None,
                    "matrix": job.entry,
                    "matrix_values": json.dumps({"dist": job.image}),
                    "worker_facts": "{}",
                    "details": None,
                    "started_at": datetime.fromtimestamp(begins, UTC),
                    "duration": job.runs,
                    "queue_time": job.waits,
                }


def watched(builds: Sequence[Played]) -> list[Played]:
    on_main = [build for build in builds if build.on_main]
    chosen = on_main if len(on_main) >= ENOUGH else list(builds)
    return sorted(chosen, key=lambda build: build.ends)[-MOST_BUILDS:]


def measured(builds: Sequence[Played]) -> Measured:
    values: defaultdict[Thing, Values] = defaultdict(Values)
    runs = Runs(range(len(builds)))
    labels: dict[str, str] = {}
    for place, build in enumerate(builds):
        values[Thing("wall")].add(place, build.wall)
        ends = [end for _, _, end in build.times()]
        runs.last[place] = build.jobs[ends.index(max(ends))].entry
        waits = []
        for job in build.jobs:
            if not job.superseded:
                runs.ran[job.entry].append(place)
            if job.passed:
                runs.passed[job.entry].append(place)
                waits.append(job.waits)
                values[Thing("job", job.entry)].add(place, job.runs)
                for step, seconds in job.steps.items():
                    values[Thing("step", job.entry, step)].add(place, seconds)
                    labels[step] = step
        if waits:
            values[Thing("waiting")].add(place, median(waits))
    return Measured([_row(build) for build in builds], values, labels, runs)


def _row(build: Played) -> dict[str, Any]:
    began, ended = (datetime.fromtimestamp(second, UTC) for second in (build.begins, build.ends))
    return {
        "provider": "",
        "build_id": f"{build.number}",
        "attempt": 1,
        "number": f"{build.number}",
        "commit_id": build.commit,
        "message": "",
        "author": "",
        "branch": "",
        "url": None,
        "started_at": began,
        "finished_at": ended,
    }
