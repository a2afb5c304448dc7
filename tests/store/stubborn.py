"""Saves builds, each as often as it takes until it is stored: the store may be away meanwhile.

Run as a process: `python -m tests.store.stubborn URL FIRST BUILDS`. Prints `opened STORES` when it has its
store, for which that must be there, then `REPO NUMBER` of each build that was acknowledged, and in the end
`failed TRIES`: how many tries ended in an error that is temporary.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import structlog

from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.model import Build
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.store.examples import build, task

REPOS = 6  # each saved by a thread of its own
SHARED = 10  # numbers up to this one are those of builds that all processes save


def builds_of(repo: int, first: int, builds: int) -> Iterator[Build]:
    """In this order: the shared ones, and those from `first` on; every third is restarted."""
    for number in (*range(SHARED), *range(first, first + builds)):
        for start in (0, 500) if number % 3 == 0 else (0,):
            yield build(
                f"{repo}-{number}", start, repo=f"ann/tool-{repo}", repo_id=str(repo), number=str(number)
            )


def saved(store: Store, each: Build) -> Future[int]:
    """With a task of the same name."""
    return store.save(each, task(each.id))


def main(url: str, first: int, builds: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    store = open_store(url)
    say("opened 1")
    failed: list[StoreUnavailable] = []

    def save(repo: int) -> None:
        for each in builds_of(repo, first, builds):
            while not stored(each):
                time.sleep(0.02)
            say(f"{repo} {each.number}")

    def stored(each: Build) -> bool:
        try:
            return saved(store, each).result() > 0
        except StoreUnavailable as error:
            failed.append(error)
            return False

    threads = [threading.Thread(target=save, args=(repo,)) for repo in range(REPOS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    say(f"failed {len(failed)}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
