"""A simulated CI as a process of its own: on another core, sharing no locks with the caller."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

import httpx

from buildtimetrend.demo.history import History
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.runs.history import RunHistory


class SimulatedProcess:
    """Start it with `with`. Ends with its caller, even when that is killed."""

    def __init__(self, ci: str, seed: int, now: int, port: int, late_by: float) -> None:
        self.url = ""
        self.storage_url = ""
        options = {"--port": port, "--seed": seed, "--now": now, "--late-by": late_by}
        arguments = [str(word) for pair in options.items() for word in pair]
        self._command = [sys.executable, "-m", "buildtimetrend.demo.server", ci, *arguments]
        self._process: subprocess.Popen[str] | None = None

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
        addresses = json.loads(ready)
        self.url, self.storage_url = addresses["url"], addresses["storage_url"]

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

    def _send(self, url: str, **told: Any) -> int:
        status: int = self.control("/_notify", url=url, **told)["status"]
        return status


class TravisProcess(SimulatedProcess):
    """`history` is what it serves."""

    def __init__(self, history: History | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        self.history = history or History()
        super().__init__("travis", self.history.seed, self.history.now, port, late_by)

    def notify(self, url: str, slug: str, number: int, *, form: str = "new", signing: str = "own") -> int:
        """Send a build's notification to the service's webhook address. Returns the status of its answer."""
        return self._send(url, slug=slug, number=number, form=form, signing=signing)


class RunsProcess(SimulatedProcess):
    """The simulated GitHub or GitLab; `history` is that of the same projects, and what it serves."""

    def __init__(self, ci: str, history: RunHistory, *, port: int = 0, late_by: float = 0.0) -> None:
        self.history = history
        super().__init__(ci, history.seed, history.now, port, late_by)

    def notify(self, url: str, run_id: int, **told: Any) -> int:
        """Send a webhook about a run to the service's address for them. Returns the status of its answer."""
        return self._send(url, id=run_id, **told)


class GitHubProcess(RunsProcess):
    def __init__(self, history: RunHistory | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        super().__init__("github", history or RunHistory(GITHUB), port=port, late_by=late_by)


class GitLabProcess(RunsProcess):
    def __init__(self, history: RunHistory | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        super().__init__("gitlab", history or RunHistory(GITLAB), port=port, late_by=late_by)
