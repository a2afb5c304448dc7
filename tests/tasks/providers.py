"""A small CI for tests: builds in a dict, answers on command."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from buildtimetrend.errors import TemporaryError
from buildtimetrend.logs import ParsedLog, parse
from buildtimetrend.model import Build, BuildRef, Hook, Job, LogState, Result
from buildtimetrend.providers.base import (
    JobLog,
    Latest,
    Numbers,
    Provider,
    RateLimit,
    Received,
    Selection,
    SetUp,
)

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


@dataclass(frozen=True)
class NoSettings:
    url: str = "https://ci.example"


class SmallCI(Provider):
    """A CI whose answers a test sets: `answer` may raise, wait, or change the build."""

    kind = name = "small"
    title = "Small CI"
    settings = NoSettings
    address = "url"
    states: ClassVar[Mapping[str, Result | None]] = {"passed": Result.PASSED}
    instance = "https://ci.example"
    delay = 0.0

    def __init__(self, builds: Iterable[Build] = ()) -> None:
        self.builds = {made.id: made for made in builds}
        self.fetched: list[str] = []
        self.listed: list[tuple[str, int, int]] = []
        self.limit: RateLimit | None = None
        self.pages = 0  # of lists, of 100 builds
        self.page_fails: Callable[[int], bool] = lambda page: False
        self.answer: Callable[[Build], Build] = lambda made: made
        self.broken_logs = 0
        self._lock = threading.Lock()

    def receive(self, request: Received) -> Hook:
        raise NotImplementedError

    def fetch(self, ref: BuildRef) -> Build:
        with self._lock:
            self.fetched.append(ref.id or "")
        return self.answer(self.builds[ref.id or ""])

    def log(self, build: Build, job: Job) -> JobLog:
        with self._lock:
            self.broken_logs -= 1
            broken = self.broken_logs >= 0
        state = LogState.CUT if broken else LogState.COMPLETE
        return JobLog(state, iter([LOG[:40] if broken else LOG]), retry=broken)

    def parse(self, chunks: Iterable[bytes]) -> ParsedLog:
        return parse(chunks)

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        known = [made for made in self.builds.values() if made.repo == repo]
        newest = sorted(known, key=lambda made: -int(made.number))
        if isinstance(selection, Numbers):
            first, last = selection.first, selection.last
            with self._lock:
                self.listed.append((repo, first, last))
            return iter([ref(made) for made in newest if first <= int(made.number) <= last])
        ended = [made for made in newest if selection.running or made.finished]
        if isinstance(selection, Latest):
            return self._paged([ref(made) for made in ended[: selection.number]])
        since, until = selection.since, selection.until
        return self._paged(
            [ref(made) for made in ended if made.started_at and since <= made.started_at < until]
        )

    def _paged(self, refs: list[BuildRef]) -> Iterator[BuildRef]:
        for start in range(0, len(refs), 100):
            self.pages += 1
            if self.page_fails(self.pages):
                raise TemporaryError("The list cannot be had.")
            yield from refs[start : start + 100]

    def repos(self, owner: str) -> Iterator[str]:
        return iter(sorted({made.repo for made in self.builds.values() if made.repo.startswith(f"{owner}/")}))

    def rate_limit(self) -> RateLimit | None:
        return self.limit

    def set_up(self, hook: str) -> SetUp:
        return SetUp("Put this into {file}:", "small.ini", f"hook = {hook}")

    def close(self) -> None: ...


def eventually(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)
