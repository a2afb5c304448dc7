"""Builds of a branch and of a pull request, and a forge that holds comments."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from buildtimetrend.model import Build, Job, Matrix, PullRequest, Result, Step
from tests.providers.server import Asked, Reply

BEGAN = datetime(2026, 11, 20, 8, tzinfo=UTC)
JOBS = ("2.7", "3.5")
USUAL = {"make test": 280.0, "pip install": 40.0}
NUMBER = "77"


def build_of(
    number: int,
    *,
    steps: Mapping[str, float] = USUAL,
    waits: float = 30.0,
    jobs: tuple[str, ...] = JOBS,
    pull: bool = False,
    began: datetime = BEGAN,
    noise: float = 0.02,
    host: str = "127.0.0.1",
    provider: str = "github",
) -> Build:
    """Noise is of that number alone: the same number makes the same build."""
    at = began + timedelta(hours=number)
    factor = random.Random(number).gauss(1, noise)
    of_jobs = tuple(_job(f"{number}-{name}", name, steps, waits, at, factor) for name in jobs)
    asked = PullRequest(NUMBER, source_branch="feature", target_branch="master") if pull else None
    return Build(
        provider=provider,
        instance="https://ci.example",
        repo="owner/repo",
        id=str(number),
        number=str(number),
        attempt=1,
        result=Result.PASSED,
        raw_result="success",
        code_host=host,
        pipeline="ci.yml",
        branch="feature" if pull else "master",
        commit=f"{number:02}f2c9b1aa",
        trigger="pull_request" if pull else "push",
        pull_request=asked,
        started_at=at,
        finished_at=max(job.finished_at for job in of_jobs if job.finished_at),
        jobs=of_jobs,
    )


def _job(id: str, name: str, steps: Mapping[str, float], waits: float, at: datetime, factor: float) -> Job:
    started = at + timedelta(seconds=JOBS.index(name) if name in JOBS else 0)
    nanoseconds = int(started.timestamp()) * 10**9
    found, end = [], nanoseconds
    for step, seconds in steps.items():
        begin, end = end, end + int(seconds * factor * 10**9)
        found.append(Step(step, "script", step, begin, end))
    return Job(
        id=id,
        number=None,
        name=None,
        result=Result.PASSED,
        raw_result="success",
        matrix=Matrix(name, {}),
        queued_at=started - timedelta(seconds=waits),
        started_at=started,
        finished_at=datetime.fromtimestamp(end / 1e9, UTC),
        steps=tuple(found),
    )


@dataclass
class Forge:
    """The comments of one pull request, as GitHub and GitLab list and change them."""

    bodies: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)  # method and path
    status: int = 200

    def answer(self, asked: Asked) -> Reply:
        if self.status != 200:
            return Reply({"message": "no"}, self.status)
        if asked.path.endswith("/user"):
            return Reply({"login": "a-bot", "username": "a-bot"})
        if not asked.body:
            page = int(asked.query["page"]) - 1
            listed = [{"id": number, "body": body} for number, body in enumerate(self.bodies)]
            return Reply(listed[page * 100 : (page + 1) * 100])
        body = json.loads(asked.body)["body"]
        last = asked.path.rpartition("/")[2]
        self.writes.append(asked.path)
        if last.isdecimal():
            self.bodies[int(last)] = body
        else:
            self.bodies.append(body)
        return Reply({"id": 1}, 201)

    @property
    def ours(self) -> list[str]:
        return [body for body in self.bodies if "buildtimetrend" in body]


def shown(body: str) -> str:
    """Without the mark."""
    return body.split("\n", 1)[1]
