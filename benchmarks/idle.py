"""The service on the large store: seconds to `/readyz`, and what it keeps in memory when nothing happens."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from benchmarks.report import figure

STARTS = 5
ROOT = Path(__file__).parents[1]


def main() -> None:
    from benchmarks.generate import large_store  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        for name, database in (("empty", Path(folder) / "empty.duckdb"), ("large", large_store())):
            runs = [start(database) for _ in range(STARTS)]
            seconds, resident = (statistics.median(column) for column in zip(*runs, strict=True))
            figure(f"start_to_ready_{name}_store", seconds, "s", target=2.0, at_most=True, starts=STARTS)
            figure(f"idle_resident_{name}_store", resident / 2**20, "MiB", target=150, at_most=True)


def start(database: Path) -> tuple[float, float]:
    """Seconds to ready, and resident bytes a moment later."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    environment = os.environ | {
        "PORT": str(port),
        "BTT_STORE_URL": f"duckdb:///{database}",
        "BTT_SWEEP_INTERVAL": "0",
    }
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "service.py")], env=environment, cwd=database.parent
    )
    try:
        while not ready(port):
            if process.poll() is not None:
                raise RuntimeError("the service ended")
            time.sleep(0.01)
        seconds = time.perf_counter() - begin
        time.sleep(3)
        return seconds, float(psutil.Process(process.pid).memory_info().rss)
    finally:
        process.terminate()
        process.wait()


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
