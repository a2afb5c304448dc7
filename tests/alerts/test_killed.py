"""A service is killed while it sends: everything arrives, and no commit has two checks."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from buildtimetrend.model import PullRequest
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.alerts.checks import Checks, pem
from tests.alerts.outbox import repo_in, told
from tests.alerts.sender import settings_of_both
from tests.alerts.test_checks import SLOWER, base, commit, pull_build
from tests.alerts.test_outbox import once
from tests.providers.server import Asked, Reply, Server

pytestmark = [pytest.mark.servers, pytest.mark.races]
ROOT = Path(__file__).parents[2]
FINDINGS = [f"f{number}" for number in range(10)]
PULL_REQUESTS = range(20, 26)  # each with a commit


class Receiving:
    """Both, at one address; the process is to be killed once it asked so often."""

    def __init__(self, receiver: Server, github: Checks) -> None:
        self._receiver, self._github = receiver, github
        self.messages = self.writes = 0
        self.kills_at: tuple[int, int] | None = None
        self.reached = threading.Event()

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith(("/repos/", "/app")):
            self.writes += bool(asked.body) and "check-runs" in asked.path
            reply = self._github.answer(asked)  # written: who is killed now never hears of it
        else:
            self.messages += 1
            reply = Reply(b"ok")
        if self.kills_at and (self.messages, self.writes) >= self.kills_at:
            self.reached.set()
            time.sleep(random.uniform(0, 0.2))
        return reply

    def kill(self, url: str, at: tuple[int, int]) -> None:
        """Whoever sends what is in the store, once so many messages and so many checks are written."""
        self.kills_at = at
        self.reached.clear()
        command = [sys.executable, "-m", "tests.alerts.sender", url, self._receiver.url]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) as process:
            assert process.stdin
            process.stdin.write(pem())
            process.stdin.close()
            assert self.reached.wait(60)
            process.kill()
        self.kills_at = None


def stored(store: Store, receiver: Server, github: Checks) -> None:
    repo, before = repo_in(store), store.clock.now() - timedelta(minutes=5)
    for number, name in enumerate(FINDINGS):
        told(store, repo, name, "opened", "hook", at=before + timedelta(seconds=number))
    built(store, receiver, github, SLOWER)


def built(
    store: Store, receiver: Server, github: Checks, steps: Mapping[str, float], again: str = ""
) -> None:
    """A build of the head of each pull request; `again`: another one of the same commit."""
    for each in () if again else base(receiver):
        store.save(each).result()
    for number in PULL_REQUESTS:
        github.heads[str(number)] = commit(number)
        asked = PullRequest(str(number), source_branch="feature", target_branch="master")
        made = pull_build(number, receiver, steps=steps)
        store.save(replace(made, id=f"{made.id}{again}", pull_request=asked)).result()


def test_killed_while_it_sends_everything_arrives_and_each_commit_has_one_check(
    tmp_path: Path, receiver: Server
) -> None:
    """Messages have one id for each event, though those that were under way may come twice. It is killed
    while it sends messages, then while it writes a check.
    """
    url, github = f"duckdb:///{tmp_path}/store.duckdb", Checks()
    receiving = Receiving(receiver, github)
    receiver.otherwise = receiving.answer
    with closing(open_store(url, memory_limit="200MB")) as store:
        stored(store, receiver, github)
    at = random.randint(1, len(PULL_REQUESTS))
    for kills_at in ((4, 0), (len(FINDINGS), at)):
        receiving.kill(url, kills_at)
    with closing(open_store(url, memory_limit="200MB")) as store:
        once(store, settings_of_both(receiver.url, pem()))
    checked = sorted(run["head_sha"] for run in github.runs)
    assert checked == [commit(number) for number in PULL_REQUESTS], f"killed at check {at}"
    messages = [asked for asked in receiver.asked if "webhook-id" in asked.headers]
    titles = {json.loads(asked.body)["data"]["title"] for asked in messages}
    assert titles == {f"Step {name} takes 9 s longer." for name in FINDINGS}
    assert len(messages) <= len(FINDINGS) + 3
    assert len({asked.headers["webhook-id"] for asked in messages}) == len(FINDINGS)


def test_killed_while_it_edits_each_commit_has_its_one_check_of_the_latest_build(
    tmp_path: Path, receiver: Server
) -> None:
    """Each commit has a check, and is built again, slower still. It is killed twice: while it edits the first
    check, and while it edits another one.
    """
    url, github = f"duckdb:///{tmp_path}/store.duckdb", Checks()
    receiving = Receiving(receiver, github)
    receiver.otherwise = receiving.answer
    with closing(open_store(url, memory_limit="200MB")) as store:
        built(store, receiver, github, SLOWER)
        once(store, settings_of_both(receiver.url, pem()))
        before = {run["head_sha"]: run["output"]["title"] for run in github.runs}
        built(store, receiver, github, {**SLOWER, "make test": 480.0}, again="b")
    assert set(before) == {commit(number) for number in PULL_REQUESTS}
    made, receiving.writes = len(github.writes), 0
    at = random.randint(2, len(PULL_REQUESTS))
    for writes in (1, at):
        receiving.kill(url, (0, writes))
    with closing(open_store(url, memory_limit="200MB")) as store:
        once(store, settings_of_both(receiver.url, pem()))
    assert sorted(run["head_sha"] for run in github.runs) == sorted(before), f"killed at edit {at}"
    assert all(title.startswith("Takes 51 s longer") for title in before.values())
    assert all(run["output"]["title"].startswith("Takes 3 m 1") for run in github.runs)
    edits = github.writes[made:]
    assert all(path.startswith("check-runs/") for path in edits)
    # What was written when it was killed stands already, and is left as it is.
    assert sorted(edits) == sorted({*edits})
