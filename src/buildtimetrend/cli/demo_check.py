"""Whether the service has what the simulated CI systems served: every build, with its jobs and steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.console import Console
from rich.table import Table

from buildtimetrend.cli.client import PAGE, ServiceClient
from buildtimetrend.errors import Error

if TYPE_CHECKING:
    from buildtimetrend.demo.history import Expected
    from buildtimetrend.demo.process import SimulatedProcess

Key: TypeAlias = tuple[str, str, int]  # provider, the CI's id, attempt

ALL_TIME = "2010-01-01T00:00:00Z"
TOLD = 5  # differences of one project


@dataclass(frozen=True, slots=True)
class Seen:
    """A build: how and when it ended (Unix time), and its jobs. Lists lack skipped jobs: they have no end."""

    pipeline: str
    result: str
    started_at: int | None
    finished_at: int | None
    jobs: int
    ended: tuple[tuple[str, int], ...]


def differences(console: Console, client: ServiceClient, systems: Sequence[SimulatedProcess]) -> list[str]:
    """Compare, and print a table of what there is. In words, what differs."""
    table = Table("project", "builds", "jobs", "steps", "passed", "average job", box=None)
    problems: list[str] = []
    for slug in dict.fromkeys(slug for system in systems for slug in system.slugs):
        try:
            found = dict(_found(client, slug))
            steps, average = _steps(client, slug), _average(client, slug)
        except Error as error:
            problems.append(f"{slug}: {error.message}")
            continue
        served = [
            (system, each)
            for system in systems
            if slug in system.slugs
            for each in system.history.expected(slug)
        ]
        problems += _compared(slug, dict(_told(system, each) for system, each in served), found)
        wanted = sum(sum(each.steps) - each.nested for _, each in served)
        if steps != wanted:
            problems.append(f"{slug}: {wanted} steps expected, {steps} found")
        jobs = sum(build.jobs for build in found.values())
        passed = sum(build.result == "passed" for build in found.values())
        table.add_row(slug, str(len(found)), str(jobs), str(steps), str(passed), f"{average:.0f} s")
    console.print(table)
    console.print("Everything as served." if not problems else f"{len(problems)} differences.")
    return problems


def _compared(slug: str, told: dict[Key, Seen], found: dict[Key, Seen]) -> list[str]:
    wrong = [key for key in told.keys() | found.keys() if told.get(key) != found.get(key)]
    shown = [
        f"{slug}: build {' '.join(map(str, key))}: {told.get(key)} expected, {found.get(key)} found"
        for key in sorted(wrong)[:TOLD]
    ]
    return shown + ([f"{slug}: {len(wrong) - TOLD} more builds differ"] if len(wrong) > TOLD else [])


def _told(system: SimulatedProcess, expected: Expected) -> tuple[Key, Seen]:
    ended = Counter(state for state in expected.jobs if state != "skipped")
    return (system.kind, str(expected.id), expected.stored_attempt), Seen(
        expected.pipeline,
        expected.state,
        expected.started_at,
        expected.finished_at,
        len(expected.jobs),
        tuple(sorted(ended.items())),
    )


def _found(client: ServiceClient, slug: str) -> Iterator[tuple[Key, Seen]]:
    """By the service's API."""
    path = f"/projects/{slug}"
    ended: dict[Key, Counter[str]] = {}
    for job in client.each(f"{path}/jobs", "jobs", since=ALL_TIME):
        ended.setdefault(_key(job), Counter()).update([job["result"]])
    for build in client.each(f"{path}/builds", "builds", since=ALL_TIME):
        key = _key(build)
        results = tuple(sorted(ended.get(key, Counter()).items()))
        times = (_second(build["started_at"]), _second(build["finished_at"]))
        yield key, Seen(build["pipeline"], build["result"], *times, build["jobs"], results)


def _key(row: dict[str, Any]) -> Key:
    return row["provider"], row["build_id"], row["attempt"]


def _second(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


def _steps(client: ServiceClient, slug: str) -> int:
    """Durations leave canceled jobs out unless they are asked for by name."""
    return sum(
        step["runs"]
        for chosen in ({}, {"filter_build_result": "canceled"})
        for step in client.get(f"/projects/{slug}/steps", since=ALL_TIME, limit=PAGE, **chosen)["steps"]
    )


def _average(client: ServiceClient, slug: str) -> float:
    """Of jobs, in seconds."""
    return float(client.get(f"/projects/{slug}", since=ALL_TIME)["totals"]["average_duration"] or 0)
