"""Saves builds while the disk fills up, and after there is room again; prints how many were acknowledged.

Run as a process of its own, since it limits its size of files: `python -m tests.store.full_disk URL BYTES`.
"""

from __future__ import annotations

import resource
import signal
import sys
from concurrent.futures import Future

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.duckdb import engine
from tests.store.examples import build, counts


def main(url: str, size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    engine.CHECKPOINT_BYTES = size // 3
    store = open_store(url, memory_limit="200MB")
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    stored = refused = number = 0
    while refused < 30:
        futures = [store.save(build(str(number + n), message="x" * 20_000)) for n in range(10)]
        number += 10
        outcomes = [acknowledged(future) for future in futures]
        stored += sum(outcomes)
        refused += len(outcomes) - sum(outcomes)
    assert rows(store) >= stored, "reads go on"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert acknowledged(store.save(build("after"))), "writes go on once there is room"
    store.close()
    sys.stdout.write(f"{stored + 1} {refused}\n")


def acknowledged(future: Future[int]) -> bool:
    try:
        future.result()
    except StoreUnavailable:
        return False
    return True


def rows(store: Store) -> int:
    try:
        return counts(store)[0]
    except StoreError:
        return counts(store)[0]  # the first query after a failed checkpoint may meet it


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
