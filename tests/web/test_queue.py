"""What waits, in store and broker, and who works at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.store.statements import presence
from tests.web.conftest import Service


def worker(service: Service, name: str, seen: timedelta, ahead: float = 0) -> None:
    at = datetime.now(UTC) - seen
    service.store.execute(presence.beat(name, 4, at, at + timedelta(seconds=ahead))).result()


def test_living_workers_and_waiting_messages_are_shown(service: Service) -> None:
    worker(service, "host:1:a", timedelta(seconds=3))
    worker(service, "host:2:b", timedelta(minutes=3))
    service.tasks.waiting_messages = {"redis": 17}
    queue = service.get("/api/v1/queue").json()
    assert queue["messages"] == {"redis": 17}
    assert [(each["name"], each["threads"]) for each in queue["workers"]] == [("host:1:a", 4)]
    page = service.get("/imports").text
    assert "17 messages wait in the broker (redis)." in page
    assert "host:1:a" in page
    assert "host:2:b" not in page
    metrics = service.get("/metrics").text
    assert "buildtimetrend_workers 1.0" in metrics
    assert 'buildtimetrend_broker_messages{kind="redis"} 17.0' in metrics
    assert service.get("/readyz").json() == {"status": "ready"}


def test_a_worker_whose_clock_is_wrong_is_told_of(service: Service) -> None:
    worker(service, "host:1:right", timedelta(seconds=3), ahead=0.4)
    worker(service, "host:2:behind", timedelta(seconds=3), ahead=-300)
    worker(service, "host:3:ahead", timedelta(seconds=3), ahead=60)
    queue = service.get("/api/v1/queue").json()
    assert [each["clock_ahead_by"] for each in queue["workers"]] == [0.4, -300.0, 60.0]
    assert queue["clock_ahead_by"] == 0
    page = service.get("/imports").text
    assert "The clock of host:2:behind is 300.0 s behind the store" in page
    assert "The clock of host:3:ahead is 60.0 s ahead of the store" in page
    assert page.count("The clock of") == 2
    gone = datetime.now(UTC) + timedelta(days=31)
    service.store.execute(presence.leave("host:2:behind", gone)).result()
    assert service.store.select("SELECT count(*) AS rows FROM lease")["rows"] == [0]


def test_a_broker_that_is_away_is_told_of_and_the_service_stays_ready(service: Service) -> None:
    service.tasks.waiting_messages = {"amqp": None}
    ready = service.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "broker": "away"})
    assert 'buildtimetrend_broker_up{kind="amqp"} 0.0' in service.get("/metrics").text
    page = service.get("/imports").text
    assert "The broker (amqp) cannot be reached" in page
    assert "No worker lives" in page


@pytest.mark.parametrize("path", ["/imports", "/api/v1/queue"])
def test_one_process_alone_says_nothing_of_workers(service: Service, path: str) -> None:
    text = service.get(path).text
    assert "Workers</h2>" not in text
    assert "host:" not in text
