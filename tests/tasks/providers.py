"""A small CI for tests: builds in a dict, answers on command."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from buildtimetrend.model import Build, BuildRef, Hook, Job, LogState, Result
from buildtimetrend.providers.base import JobLog

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NS = 1_767_268_800_000_000_000
LOG = (
    b"travis_fold:start:install.1\r\x1b[0Ktravis_time:start:0a1b2c3d\r\x1b[0K$ make deps\n"
    b"\ntravis_time:end:0a1b2c3d:start=%d,finish=%d,duration=2000000000\r\x1b[0K"
    b"travis_fold:end:install.1\r\x1b[0K\nDone. Your build exited with 0.\n"
) % (NS, NS + 2_000_000_000)


def build(number: int, repo: str = "alice/app", **changes: object) -> Build:
    """A finished build with one job and, in its log, one step."""
    start = START + timedelta(hours=number)
    job = Job(
        id=f"j{number}",
        number=f"{number}.1",
        result=Result.PASSED,
        raw_result="passed",
        started_at=start,
        finished_at=start + timedelta(seconds=30),
    )
    made = Build(
        provider="small",
        instance="https://ci.example",
        repo=repo,
        id=f"b-{repo}-{number}",
        number=str(number),
        result=Result.PASSED,
        raw_result="passed",
        branch="main",
        started_at=start,
        finished_at=start + timedelta(seconds=40),
        jobs=(job,),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def ref(made: Build) -> BuildRef:
    return BuildRef(made.provider, made.instance, made.repo, made.id, made.number)


class SmallCI:
    """A `Provider` whose answers a test sets: `answer` may raise, wait, or change the build."""

    name = "small"
    instance = "https://ci.example"
    dialect = "travis"
    default_language: str | None = None

    def __init__(self, builds: Iterable[Build] = ()) -> None:
        self.builds = {made.id: made for made in builds}
        self.fetched: list[str] = []
        self.listed: list[tuple[str, int, int]] = []
        self.answer: Callable[[Build], Build] = lambda made: made
        self.broken_logs = 0
        self._lock = threading.Lock()

    def receive(self, headers: Mapping[str, str], body: bytes) -> Hook:
        raise NotImplementedError

    def fetch(self, ref: BuildRef) -> Build:
        with self._lock:
            self.fetched.append(ref.id or "")
        return self.answer(self.builds[ref.id or ""])

    def log(self, job: Job) -> JobLog:
        with self._lock:
            self.broken_logs -= 1
            broken = self.broken_logs >= 0
        state = LogState.CUT if broken else LogState.COMPLETE
        return JobLog(state, iter([LOG[:40] if broken else LOG]), retry=broken)

    def recent(self, repo: str) -> Iterable[BuildRef]:
        known = (made for made in self.builds.values() if made.repo == repo and made.finished)
        return [ref(made) for made in sorted(known, key=lambda made: -int(made.number))]

    def numbers(self, repo: str, first: int, last: int) -> Iterable[BuildRef]:
        with self._lock:
            self.listed.append((repo, first, last))
        known = (made for made in self.builds.values() if made.repo == repo)
        return [
            ref(made)
            for made in sorted(known, key=lambda made: -int(made.number))
            if first <= int(made.number) <= last
        ]

    def close(self) -> None: ...


def eventually(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)
