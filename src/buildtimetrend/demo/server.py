"""A simulated CI as a real HTTP server on loopback, in a thread (`SimulatedTravis`, …) or a process:

    python -m buildtimetrend.demo.server [travis|github|gitlab] [--port N] [--seed N] [--now SECONDS]
        [--late-by SECONDS]

prints one line of JSON with its addresses, and GitHub's App's key, when it is ready and runs until its
input ends, or an interrupt.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from buildtimetrend.demo.app import SimulatedApp, Simulation
from buildtimetrend.demo.builds import SimulatedBuild
from buildtimetrend.demo.github.api import GitHubApi
from buildtimetrend.demo.gitlab.api import GitLabApi
from buildtimetrend.demo.history import History
from buildtimetrend.demo.misbehaviour import Kind, Misbehaviour
from buildtimetrend.demo.organisation import GITHUB, GITLAB
from buildtimetrend.demo.runs.api import RunsApi
from buildtimetrend.demo.runs.catalogue import RunCatalogue
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.runs.run import Run
from buildtimetrend.demo.travis import notifications
from buildtimetrend.demo.travis.api import TravisApi
from buildtimetrend.demo.travis.catalogue import Catalogue

TOKEN = "simulated-token"  # noqa: S105  (opens simulated projects only)
ACCOUNT_TOKEN = "simulated-account-token"  # noqa: S105
WEBHOOK_SECRET = "simulated-webhook-secret"  # noqa: S105


class SimulatedServer:
    """Start it with `with`. Port 0 takes any free port."""

    def __init__(self, simulation: Simulation, port: int) -> None:
        self._simulation = simulation
        self._app = SimulatedApp(simulation)
        self._ports = (port, 0)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""
        self.storage_url = ""

    def start(self) -> None:
        sockets = [_listen(port) for port in self._ports]
        self.url, self.storage_url = (f"http://127.0.0.1:{each.getsockname()[1]}" for each in sockets)
        self._simulation.serve_at(self.url, self.storage_url)
        config = uvicorn.Config(self._app, log_config=None, access_log=False, lifespan="off", ws="none")
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=(sockets,), name="simulated-ci")
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the simulated CI did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Ends every connection, those that hang on command too. Idempotent."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._server = self._thread = None

    @property
    def ready(self) -> dict[str, str]:
        """What who uses it has to know once it runs."""
        return {"url": self.url, "storage_url": self.storage_url}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def misbehave(self, path: str, kind: Kind | str, times: int = 1, **details: Any) -> None:
        """Answer the next `times` requests to paths like this wrongly (`Misbehaviour` has the details)."""
        self._app.misbehaviours.order(Misbehaviour(path, Kind(kind), times, **details))

    def behave(self) -> None:
        self._app.misbehaviours.clear()

    def requests(self, path: str = "*") -> int:
        """How often paths like this shell pattern were asked for."""
        return self._app.requests(path)


class SimulatedTravis(SimulatedServer):
    def __init__(self, history: History | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        self.history = history or History()
        self._catalogue = Catalogue(self.history, (TOKEN,), late_by)
        sender = notifications.Sender(notifications.new_key(), ACCOUNT_TOKEN)
        self._api = TravisApi(self._catalogue, sender)
        super().__init__(self._api, port)

    @property
    def public_key(self) -> str:
        """The key in `/config`, as PEM."""
        return self._api.public_key

    def build(self, slug: str, number: int) -> SimulatedBuild:
        """The build as it will be once it is finished."""
        return self._catalogue.finished(slug, number)

    def rotate_key(self) -> None:
        """From now on, sign with a new key and publish that."""
        self._api.controlled("/_rotate_key")

    def restart(self, slug: str, number: int) -> SimulatedBuild:
        """Run a build again: the API forgets the attempt before."""
        self._catalogue.restart(slug, number)
        return self.build(slug, number)

    def webhook(
        self, build: SimulatedBuild, *, form: str = "new", signing: str = "own"
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of the build's notification, as if sent now (`Sender.webhook` has the choices)."""
        self._catalogue.announce(build)
        return self._api.sender.webhook(build, self.url, form=form, signing=signing)

    def notify(
        self, url: str, build: SimulatedBuild, *, form: str = "new", signing: str = "own"
    ) -> httpx.Response:
        """Send the notification to the service's webhook address."""
        headers, body = self.webhook(build, form=form, signing=signing)
        return httpx.post(url, headers=headers, content=body, timeout=30)


class SimulatedRuns(SimulatedServer):
    """GitHub or GitLab."""

    def __init__(
        self, history: RunHistory, api: Callable[[RunCatalogue, str, str], RunsApi], port: int, late_by: float
    ) -> None:
        self.history = history
        self.catalogue = RunCatalogue(history, late_by)
        self.api = api(self.catalogue, TOKEN, WEBHOOK_SECRET)
        super().__init__(self.api, port)

    def restart(self, run: Run) -> Run:
        """Run it again; what it is then."""
        self.catalogue.restart(run.id)
        return self.catalogue.finished(run.id)

    def webhook(self, run: Run, **told: Any) -> tuple[dict[str, str], bytes]:
        """Headers and body of a webhook about this run (`notification` of its API has the choices)."""
        return self.api.notification({"id": run.id, **told})

    def notify(self, url: str, run: Run, **told: Any) -> httpx.Response:
        headers, body = self.webhook(run, **told)
        return httpx.post(url, headers=headers, content=body, timeout=30)


class SimulatedGitHub(SimulatedRuns):
    api: GitHubApi

    def __init__(self, history: RunHistory | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        super().__init__(history or RunHistory(GITHUB), GitHubApi, port, late_by)

    @property
    def ready(self) -> dict[str, str]:
        return {**super().ready, "app_key": self.api.checks.key}


class SimulatedGitLab(SimulatedRuns):
    def __init__(self, history: RunHistory | None = None, *, port: int = 0, late_by: float = 0.0) -> None:
        super().__init__(history or RunHistory(GITLAB), GitLabApi, port, late_by)


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Does not wait for clients: some were told to hang, some do not read."""
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


def simulated(ci: str, seed: int, now: int | None, port: int, late_by: float) -> SimulatedServer:
    if ci == "travis":
        return SimulatedTravis(History(seed, now), port=port, late_by=late_by)
    if ci == "github":
        return SimulatedGitHub(RunHistory(GITHUB, seed, now), port=port, late_by=late_by)
    return SimulatedGitLab(RunHistory(GITLAB, seed, now), port=port, late_by=late_by)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m buildtimetrend.demo.server", description="A simulated CI"
    )
    parser.add_argument("ci", nargs="?", default="travis", choices=("travis", "github", "gitlab"))
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes any free port")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--now", type=int, help="when the year of builds ends, in seconds since 1970")
    parser.add_argument(
        "--late-by", type=float, default=0.0, help="seconds until the API knows a notified result"
    )
    options = parser.parse_args()
    now = int(time.time()) if options.now is None else options.now
    with simulated(options.ci, options.seed, now, options.port, options.late_by) as server:
        ready = {**server.ready, "seed": options.seed, "now": now}
        print(json.dumps(ready), flush=True)  # noqa: T201  (what the caller waits for)
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
