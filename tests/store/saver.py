"""Saves builds from several threads until it is killed; prints the id of each that was acknowledged.

Run as a process: `python -m tests.store.saver URL FIRST`.
"""

from __future__ import annotations

import itertools
import sys
import threading

from buildtimetrend.store import open_store
from tests.store.examples import build, task

THREADS = 4


def main(url: str, first: int) -> None:
    store = open_store(url, memory_limit="200MB")
    numbers = itertools.count(first)

    def save() -> None:
        for number in numbers:
            # Every third is saved twice: what is acknowledged must survive the second save, too.
            for _ in range(2 if number % 3 == 0 else 1):
                store.save(build(str(number), repo=f"ann/tool-{number % 5}"), task(str(number))).result()
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()

    for _ in range(THREADS):
        threading.Thread(target=save).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
