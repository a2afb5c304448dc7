"""Runs the tests that kill, wait or race again and again beside a load, and says which failed how often.

python -m tests.races [--times N] [--load N] [--tests PATH …]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as Xml
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUSY = "while True: pass"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--load", type=int, default=4, help="busy processes beside the tests")
    parser.add_argument("--tests", nargs="*", default=[], help="files or tests, instead of all that race")
    given = parser.parse_args()
    failed: Counter[str] = Counter()
    with loaded(given.load):
        for time in range(1, given.times + 1):
            failures, text = run(given.tests)
            failed.update(failures)
            print(f"{time} of {given.times}: {', '.join(failures) or 'all passed'}", flush=True)
            if failures:
                print(text, flush=True)
    for name, count in failed.most_common():
        print(f"{count} of {given.times} failed: {name}")
    return 1 if failed else 0


@contextmanager
def loaded(processes: int) -> Iterator[None]:
    """So many processes that work, as others on the machine would."""
    with ExitStack() as stack:
        for _ in range(processes):
            busy = stack.enter_context(subprocess.Popen(["nice", sys.executable, "-c", BUSY]))
            stack.callback(busy.kill)
        yield


def run(tests: list[str]) -> tuple[list[str], str]:
    """The names of those that failed, and what pytest said. A run that ends otherwise counts as one."""
    with tempfile.TemporaryDirectory(prefix="races-") as folder:
        # Away from those of other runs, of which pytest keeps three.
        environment = {**os.environ, "PYTEST_DEBUG_TEMPROOT": folder}
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "races", f"--junit-xml={report}", *tests]
        ended = subprocess.run(
            command, check=False, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        if not report.exists():
            return [f"pytest ended with {ended.returncode}"], ended.stdout
        cases = Xml.parse(report).iter("testcase")
        failures = [
            f"{case.get('classname')}::{case.get('name')}"
            for case in cases
            if case.find("failure") is not None or case.find("error") is not None
        ]
    if ended.returncode and not failures:
        failures = [f"pytest ended with {ended.returncode}"]
    return failures, ended.stdout


if __name__ == "__main__":
    sys.exit(main())
