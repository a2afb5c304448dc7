"""A simulated Travis CI whose builds have one job of 12 steps, as a process of its own.

`python -m benchmarks.simulated` prints its URL and runs until its input ends.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from buildtimetrend.demo.history import History
from buildtimetrend.demo.projects import Project, Variant
from buildtimetrend.demo.server import SimulatedTravis

NOW = 1_780_000_000
BUILDS = 4000
STEPS = 12
SLUG = "bench/app"
PROJECT = Project(
    id=900,
    slug=SLUG,
    language="java",
    builds=BUILDS,
    variants=(Variant("java-2017", {"language": "java", "os": "linux", "jdk": "oraclejdk8"}),),
)


def history() -> History:
    return History(1, NOW, projects=(PROJECT,))


@contextmanager
def running() -> Iterator[str]:
    """Its URL."""
    command = [sys.executable, "-m", "benchmarks.simulated"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


def main() -> None:
    with SimulatedTravis(history()) as travis:
        print(travis.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
