"""Webhook to 202 at 32 connections while an import runs: delivery and task are on disk by then."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from urllib.parse import quote_plus

import httpx

from benchmarks import simulated
from benchmarks.load import SERIAL, load
from benchmarks.report import figure
from benchmarks.server import service

CONNECTIONS = 32
SECONDS = 10
# Notifications a second: eight million a day, many times what any one CI sends.
RATE = 100


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, simulated.running() as travis_url:
        body = Path(folder, "body")
        body.write_bytes(notification())
        environment = {
            "BTT_TRAVIS_API_URL": travis_url,
            "BTT_TRAVIS_VERIFY": "false",
            "BTT_TRAVIS_DELAY": "3600",  # the notified builds do not fall due: the import's do
            "BTT_MULTI_DELAY": "0",
            "BTT_MULTI_MAX_BUILDS": str(simulated.BUILDS),
            "BTT_LOGLEVEL": "ERROR",
        }
        with service(Path(folder, "store.duckdb"), **environment) as url:
            httpx.post(f"{url}/travis/{simulated.SLUG}/1/{simulated.BUILDS}").raise_for_status()
            paced = load(f"{url}/travis", connections=CONNECTIONS, seconds=SECONDS, body=body, rate=RATE)
            saturated = load(f"{url}/travis", connections=CONNECTIONS, seconds=SECONDS, body=body)
            left = httpx.get(f"{url}/api/v1/imports").json()["imports"][0]["waiting"]
    for run in (paced, saturated):
        if set(run.statuses) != {"202"} or not left:
            raise RuntimeError(f"answers {run.statuses}, {left} builds left to import")
    figure(
        "webhook_p99_during_import",
        paced.p99,
        "ms",
        target=50,
        at_most=True,
        connections=CONNECTIONS,
        per_second=RATE,
        p50=round(paced.p50, 2),
    )
    figure(
        "webhook_rate_during_import",
        saturated.rate,
        "1/s",
        connections=CONNECTIONS,
        p50_ms=round(saturated.p50, 2),
        p99_ms=round(saturated.p99, 2),
    )


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
