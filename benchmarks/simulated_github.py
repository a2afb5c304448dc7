"""A simulated GitHub with one workflow, each run of it ten jobs of eight steps, as a process of its own.

`python -m benchmarks.simulated_github RUNS` prints its URL and runs until its input ends.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from buildtimetrend.demo.organisation import GITHUB
from buildtimetrend.demo.projects import Project
from buildtimetrend.demo.runs.definitions import JobDefinition, Pipeline, Repository, StepDefinition
from buildtimetrend.demo.runs.history import CI, RunHistory
from buildtimetrend.demo.server import SimulatedGitHub

NOW = 1_780_000_000
SLUG = "bench/app"
JOBS = 10
_EVENTS = frozenset({"push", "pull_request", "cron", "api"})
_STEPS = (
    StepDefinition("Set up Python", 6, "network"),
    StepDefinition("Install requirements", 24, "network"),
    StepDefinition("Lint", 12),
    StepDefinition("Run pytest", 140),
)


def history(runs: int) -> RunHistory:
    """So many changes; a few runs are missing, and some were repeated."""
    test = JobDefinition("test", _STEPS, needs=("build",), matrix={"shard": tuple("123456789")})
    pipeline = Pipeline(".github/workflows/ci.yml", "CI", _EVENTS, (JobDefinition("build", _STEPS), test))
    repository = Repository(Project(900, SLUG, "python", runs), (pipeline,))
    return RunHistory(CI(GITHUB.dialect, (repository,)), now=NOW)


@contextmanager
def running(runs: int) -> Iterator[str]:
    """Its URL."""
    command = [sys.executable, "-m", "benchmarks.simulated_github", str(runs)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


def main() -> None:
    with SimulatedGitHub(history(int(sys.argv[1]))) as github:
        print(github.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
