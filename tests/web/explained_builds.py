"""Builds that are planned in seconds, to be explained: what they waited, booted and ran."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.model import Build, Job, LogState, Matrix, Result, Step, Worker
from tests.web.conftest import INSTANCE, NOW, Service

REPO = "owner/name"
STEPS = {"install": 30.0, "test": 60.0}


@dataclass(frozen=True)
class Planned:
    """A job: queued and begun so many seconds after its build was queued."""

    name: str
    waits: float = 24.0
    boots: float | None = 4.0
    steps: tuple[tuple[str, float], ...] = tuple(STEPS.items())
    outside: float = 6.0
    queued: float | None = 0.0
    stage: str | None = None
    result: Result = Result.PASSED
    allow_failure: bool = False

    @property
    def starts(self) -> float:
        return (self.queued or 0.0) + self.waits

    @property
    def ends(self) -> float:
        return self.starts + sum(seconds for _, seconds in self.steps) + self.outside


def a_build(number: int, *planned: Planned, result: Result = Result.PASSED, **values: Any) -> Build:
    queued = NOW - timedelta(hours=100 - number)
    waited_for = [job for job in planned if not job.allow_failure] or planned
    return Build(
        provider="travis",
        instance=INSTANCE,
        repo=REPO,
        id=str(number),
        number=str(number),
        result=result,
        raw_result=str(result),
        queued_at=queued,
        started_at=queued + timedelta(seconds=min(job.starts for job in planned)),
        finished_at=queued + timedelta(seconds=max(job.ends for job in waited_for)),
        jobs=tuple(_job(number, place, job, queued) for place, job in enumerate(planned, 1)),
        **values,
    )


def _job(number: int, place: int, job: Planned, queued: datetime) -> Job:
    started = queued + timedelta(seconds=job.starts)
    steps, at = [], started.timestamp()
    for name, seconds in job.steps:
        steps.append(Step(name, "script", f"run {name}", round(at * 1e9), round((at + seconds) * 1e9)))
        at += seconds
    return Job(
        id=f"{number}0{place}",
        number=f"{number}.{place}",
        name=job.name,
        stage=job.stage,
        result=job.result,
        raw_result=str(job.result),
        queued_at=None if job.queued is None else queued + timedelta(seconds=job.queued),
        started_at=started,
        finished_at=queued + timedelta(seconds=job.ends),
        allow_failure=job.allow_failure,
        matrix=Matrix("python", {}),
        worker=Worker(boot_time=job.boots),
        log=LogState.COMPLETE,
        steps=tuple(steps),
    )


USUAL = (Planned("slow"), Planned("quick", waits=10.0, steps=(("install", 30.0),)))


def usual_builds(count: int = 12, *planned: Planned) -> list[Build]:
    return [a_build(number, *(planned or USUAL)) for number in range(1, count + 1)]


def with_first(**changes: Any) -> tuple[Planned, ...]:
    return replace(USUAL[0], **changes), *USUAL[1:]


def explained(service: Service, before: list[Build], build: Build) -> dict[str, Any]:
    for one in (*before, build):
        service.tasks.land(one)
    answer = service.get(f"/api/v1/projects/{REPO}/builds/travis/{build.number}").json()
    found: dict[str, Any] = answer["attempts"][-1]["build"]
    adds_up(found)
    return found


def adds_up(build: dict[str, Any]) -> None:
    parts = build["verdict"]["parts"]
    if build["difference"] is None:
        assert not parts
        return
    for name, whole in (("seconds", "duration"), ("usual", "usual"), ("difference", "difference")):
        assert sum(part[name] or 0 for part in parts) == pytest.approx(build[whole], abs=1e-3), name


def sentence(build: dict[str, Any]) -> str:
    said: str = build["verdict"]["sentence"]
    return said


def part(build: dict[str, Any], kind: str, step: str | None = None) -> dict[str, Any]:
    parts: list[dict[str, Any]] = build["verdict"]["parts"]
    found = [one for one in parts if (one["kind"], one["step"]) == (kind, step)]
    assert len(found) == 1
    return found[0]


def rows_of(build: Build) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """As the store gives them: of the build, and of its jobs with their steps."""
    times = {"started_at": build.started_at, "finished_at": build.finished_at, "result": str(build.result)}
    jobs = [
        {name: getattr(job, name) for name in ("number", "name", "stage", "allow_failure", "queued_at")}
        | {"matrix": job.matrix.summary, "result": str(job.result), "job_id": job.id}
        | {"started_at": job.started_at, "finished_at": job.finished_at, "boot_time": job.worker.boot_time}
        | {"build_id": build.id, "attempt": 1}
        | {f"build_{name}": instant for name, instant in times.items()}
        | {
            "steps": [
                {"key": step.name, "phase": "", "depth": 0, "duration": step.duration} for step in job.steps
            ]
        }
        for job in build.jobs
    ]
    return times, jobs
