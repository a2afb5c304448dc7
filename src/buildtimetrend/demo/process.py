"""A simulated CI as a process of its own: on another core, sharing no locks with the caller."""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels.github_checks import GitHubChecksSettings
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.demo.github.checks import APP_ID
from buildtimetrend.demo.history import History
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.server import TOKEN, WEBHOOK_SECRET


class SimulatedProcess(ABC):
    """Start it with `with`. Ends with its caller, even when that is killed. `history` is what it serves."""

    kind: ClassVar[str]  # of the provider
    hook: ClassVar[str]  # the service's path for its webhooks
    history: History | RunHistory

    def __init__(self, history: History | RunHistory, port: int, late_by: float) -> None:
        self.url = ""
        self.storage_url = ""
        options = {"--port": port, "--seed": history.seed, "--now": history.now, "--late-by": late_by}
        arguments = [str(word) for pair in options.items() for word in pair]
        self._command = [sys.executable, "-m", "buildtimetrend.demo.server", self.kind, *arguments]
        self._process: subprocess.Popen[str] | None = None

    @property
    @abstractmethod
    def slugs(self) -> Sequence[str]: ...

    @property
    @abstractmethod
    def settings(self) -> Mapping[str, object]:
        """Of a service that uses it."""

    @abstractmethod
    def newest(self, slug: str, number: int) -> Sequence[int]:
        """So many builds, as `notify` names them."""

    @property
    def channels(self) -> Sequence[Section]:
        """By which a service tells people of what it finds there."""
        return ()

    def wanted(self, _: str) -> Mapping[str, object]:
        """All builds of a project, as an import asks for them."""
        return {"builds": "since 400 days"}

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (our own module)
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the caller; that it ends, this one notices
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready:
            self.stop()
            raise RuntimeError("the simulated CI did not start")
        self._began(json.loads(ready))

    def _began(self, told: Mapping[str, str]) -> None:
        self.url, self.storage_url = told["url"], told["storage_url"]

    def stop(self) -> None:
        """Idempotent."""
        if self._process is None:
            return
        self._process.communicate()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def control(self, path: str, /, **document: Any) -> dict[str, Any]:
        """POST to one of the paths that `app` lists. Raises `httpx.HTTPStatusError` when it refuses."""
        answer = httpx.post(self.url + path, json=document, timeout=60)
        answer.raise_for_status()
        decoded: dict[str, Any] = answer.json()
        return decoded

    def notify(self, url: str, slug: str, number: int, **told: Any) -> int:
        """Send a build's notification to the service's webhook address. Returns the status of its answer.

        `number` is the id of a run or pipeline, of CIs that have those; `told` is what else `/_notify` takes.
        """
        status: int = self.control("/_notify", url=url, slug=slug, number=number, id=number, **told)["status"]
        return status


class TravisProcess(SimulatedProcess):
    kind = "travis"
    hook = "/travis"

    def __init__(self, history: History | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        self.history: History = history or History()
        super().__init__(self.history, port, late_by)

    @property
    def slugs(self) -> Sequence[str]:
        return tuple(self.history.projects)

    @property
    def settings(self) -> Mapping[str, object]:
        return {"travis_api_url": self.url, "travis_token": TOKEN, "travis_delay": 1.0}

    def newest(self, slug: str, number: int) -> Sequence[int]:
        return self.history.numbers(slug)[-number:]

    def wanted(self, slug: str) -> Mapping[str, object]:
        numbers = self.history.numbers(slug)
        return {"first": numbers[0], "last": numbers[-1]}


class _RunsProcess(SimulatedProcess):
    history: RunHistory

    def __init__(self, history: RunHistory, *, port: int, late_by: float) -> None:
        self.history = history
        super().__init__(history, port, late_by)

    @property
    def slugs(self) -> Sequence[str]:
        return tuple(self.history.repositories)

    def newest(self, slug: str, number: int) -> Sequence[int]:
        places = tuple(self.history.places(slug))[-number:]
        return [self.history.run(slug, place).id for place in places]


class GitHubProcess(_RunsProcess):
    kind = "github"
    hook = "/hooks/github"

    def __init__(self, history: RunHistory | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        super().__init__(history or RunHistory(GITHUB), port=port, late_by=late_by)
        self._app_key = ""

    def _began(self, told: Mapping[str, str]) -> None:
        super()._began(told)
        self._app_key = told["app_key"]

    @property
    def channels(self) -> Sequence[Section]:
        """Each commit of a pull request that passed has a check there."""
        api = f"{self.url}/api/v3"
        values = GitHubChecksSettings(url=api, app_id=APP_ID, app_key=self._app_key, usual="success")
        return (Section("checks", "github-checks", values, Rules(), "pull requests"),)

    @property
    def settings(self) -> Mapping[str, object]:
        return {
            "github_api_url": f"{self.url}/api/v3",
            "github_token": TOKEN,
            "github_webhook_secret": WEBHOOK_SECRET,
            "github_delay": 1.0,
        }


class GitLabProcess(_RunsProcess):
    kind = "gitlab"
    hook = "/hooks/gitlab"

    def __init__(self, history: RunHistory | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        super().__init__(history or RunHistory(GITLAB), port=port, late_by=late_by)

    @property
    def settings(self) -> Mapping[str, object]:
        return {
            "gitlab_url": self.url,
            "gitlab_token": TOKEN,
            "gitlab_webhook_secret": WEBHOOK_SECRET,
            "gitlab_delay": 1.0,
        }


def organisation(now: int) -> Mapping[str, SimulatedProcess]:
    """The simulated CIs of one organisation, by provider; their year ends at `now`, in Unix time."""
    simulated = (
        TravisProcess(History(now=now)),
        GitHubProcess(RunHistory(GITHUB, now=now)),
        GitLabProcess(RunHistory(GITLAB, now=now)),
    )
    return {each.kind: each for each in simulated}
