"""What the service does with a damaged store, and on a full disk."""

from __future__ import annotations

import json
import subprocess
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from buildtimetrend.store import open_store
from tests.e2e.processes import Service
from tests.servers.process import wait_until
from tests.store.examples import column

SETTINGS = {
    "BTT_SWEEP_INTERVAL": "0",
    "BTT_TRAVIS_VERIFY": "false",
    "BTT_TRAVIS_API_URL": "http://127.0.0.1:9",
    "BTT_TRAVIS_DELAY": "3600",  # nothing is fetched here
}
BUILD = {
    "state": "passed",
    "status": 0,
    "finished_at": "2024-01-01T00:00:00Z",
    "repository": {"owner_name": "ann", "name": "tool"},
}


def notified(service: Service, number: int) -> int:
    """The status of the answer to a notification of some 10 kB."""
    payload = json.dumps({**BUILD, "id": number, "number": str(number), "message": "y" * 10_000})
    return httpx.post(f"{service.url}/travis", data={"payload": payload}, timeout=60).status_code


def acknowledged(service: Service, numbers: range) -> list[str]:
    return [str(number) for number in numbers if notified(service, number) == 202]


def tasks(file: Path) -> list[str]:
    with closing(open_store(f"duckdb:///{file}")) as store:
        return sorted(map(str, column(store, "SELECT build_id FROM task")), key=int)


def test_a_service_whose_log_is_damaged_says_so_and_ends_until_it_is_repaired(tmp_path: Path) -> None:
    service = Service(tmp_path, SETTINGS)
    service.start()
    assert acknowledged(service, range(1, 6)) == ["1", "2", "3", "4", "5"]
    service.kill()
    log = tmp_path / "store.duckdb.wal"
    whole = log.read_bytes()
    log.write_bytes(whole[:-5_000] + b"\0" * 100 + whole[-4_900:])
    damaged = log.read_bytes()
    for _ in range(2):
        started = service.command("serve")
        assert started.returncode == 1
        assert "Traceback" not in started.stderr
        line = started.stderr.splitlines()[-1]
        assert line.startswith("buildtimetrend: The log")
        assert "is damaged at byte" in line
        assert "repair-store" in line
        assert log.read_bytes() == damaged
    repaired = service.command("repair-store")
    assert repaired.returncode == 0, repaired.stderr
    assert "store.duckdb.damaged.wal" in repaired.stdout
    assert (tmp_path / "store.duckdb.damaged.wal").read_bytes() == damaged
    assert "whole" in service.command("repair-store").stdout
    with service:
        assert notified(service, 6) == 202
    assert "store.was_repaired" in service.log.read_text(encoding="utf-8")
    assert tasks(service.database) == ["1", "2", "3", "4", "6"]


def limit(service: Service, size: str) -> None:
    """The biggest file that it may write: to be met in the place of a full disk, whoever runs this."""
    subprocess.run(["prlimit", f"--pid={service.process_id}", f"--fsize={size}:unlimited"], check=True)


def test_on_a_full_disk_nothing_is_acknowledged_and_the_service_is_not_ready_until_there_is_room(
    tmp_path: Path,
) -> None:
    with Service(tmp_path, SETTINGS) as service:
        stored = acknowledged(service, range(1, 6))
        limit(service, str(200_000))
        stored += acknowledged(service, range(6, 40))
        assert 5 < len(stored) < 39
        assert notified(service, 40) == 503
        ready = httpx.get(f"{service.url}/readyz", timeout=60)
        assert (ready.status_code, ready.json()["error"]["code"]) == (503, "store_unavailable")
        assert httpx.get(f"{service.url}/dashboard", timeout=60).status_code == 200
        limit(service, "unlimited")
        wait_until(service.ready, "the service to be ready again")
        stored += acknowledged(service, range(40, 43))
    assert stored[-3:] == ["40", "41", "42"]
    assert tasks(service.database) == stored


@pytest.mark.parametrize("size", [0, 1, 4096, 9000])
def test_a_start_on_a_full_disk_gives_a_message_and_leaves_nothing_behind(tmp_path: Path, size: int) -> None:
    service = Service(tmp_path, SETTINGS)
    started = service.command("serve", before=["prlimit", f"--fsize={size}:unlimited"])
    assert started.returncode == 1
    assert "Traceback" not in started.stderr
    assert started.stderr.splitlines()[-1].startswith("buildtimetrend: ")
    with service:
        assert notified(service, 1) == 202


def test_a_service_that_starts_on_a_full_disk_shows_what_it_has(tmp_path: Path) -> None:
    service = Service(tmp_path, SETTINGS)
    with service:
        assert notified(service, 1) == 202
    (tmp_path / "store.duckdb.address").mkdir()  # a file that cannot be written, in the place of any
    with service:
        assert httpx.get(f"{service.url}/imports", timeout=60).status_code == 200
