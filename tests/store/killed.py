"""Saves some builds one by one, notes the log's bytes after each, and ends as kill -9 would end it.

Run as a process of its own: `python -m tests.store.killed FILE BUILDS`; prints its bytes for each.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from buildtimetrend.store import open_store
from tests.store.examples import build


def main(file: Path, builds: int) -> None:
    store = open_store(f"duckdb:///{file}", memory_limit="200MB")
    for number in range(builds):
        store.save(build(str(number))).result()
        sys.stdout.write(f"{file.with_name(f'{file.name}.wal').stat().st_size}\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
