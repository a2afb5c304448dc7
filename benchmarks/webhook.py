"""Webhook to 202 at 32 connections: the answer comes when the delivery and its task are on disk."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from urllib.parse import quote_plus

from benchmarks.load import SERIAL, load
from benchmarks.report import figure
from benchmarks.server import service

CONNECTIONS = 32
SECONDS = 10


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder, "body")
        body.write_bytes(notification())
        # Nothing is fetched meanwhile: the builds do not fall due.
        environment = {"BTT_TRAVIS_VERIFY": "false", "BTT_TRAVIS_DELAY": "3600"}
        with service(Path(folder, "store.duckdb"), **environment) as url:
            run = load(f"{url}/travis", connections=CONNECTIONS, seconds=SECONDS, body=body)
    assert set(run.statuses) == {"202"}, run.statuses
    figure(
        "webhook_p99", run.p99, "ms", target=50, at_most=True, connections=CONNECTIONS, p50=round(run.p50, 2)
    )
    figure("webhook_rate", run.rate, "1/s", connections=CONNECTIONS)


def notification() -> bytes:
    """A form of the size that Travis CI sends; each request has another build's id and number in it."""
    serial = SERIAL.decode()
    payload = {
        "id": serial,
        "number": serial,
        "state": "passed",
        "type": "push",
        "status": 0,
        "result": 0,
        "status_message": "Passed",
        "started_at": "2026-01-02T03:00:00Z",
        "finished_at": "2026-01-02T03:04:05Z",
        "branch": "main",
        "message": "Change " * 100,
        "repository": {"id": 7, "name": "product", "owner_name": "company"},
        "config": {"language": "python", "script": ["make test"] * 100},
        "matrix": [
            {"id": n, "number": f"1.{n}", "state": "passed", "config": {"os": "linux"}} for n in range(30)
        ],
    }
    text = json.dumps(payload).replace(f'"id": "{serial}"', f'"id": 1{serial}')
    return b"payload=" + quote_plus(text, safe="@").encode()


if __name__ == "__main__":
    main()
