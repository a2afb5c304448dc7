"""The service in a process of its own, for benchmarks that speak HTTP to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]


@contextmanager
def service(database: Path, **environment: str) -> Iterator[str]:
    """Start the service on a store; its base URL once it is ready."""
    variables = {"BTT_STORE_URL": f"duckdb:///{database}", "BTT_SWEEP_INTERVAL": "0", **environment}
    with process([str(ROOT / "service.py")], "/readyz", variables) as url:
        yield url


@contextmanager
def process(command: list[str], ready: str, environment: dict[str, str]) -> Iterator[str]:
    """Start a Python server that listens on PORT; its base URL once the path `ready` answers."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, *command], env=os.environ | {"PORT": str(port)} | environment, cwd=ROOT
    )
    try:
        while not _answers(url + ready):
            if server.poll() is not None:
                raise RuntimeError(f"{command} ended with {server.returncode}")
            time.sleep(0.02)
        yield url
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).is_success
    except httpx.TransportError:
        return False
