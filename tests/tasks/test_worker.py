"""A worker outlives what Celery does not."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from buildtimetrend.model import Origin, Task
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks.broker import QUEUE
from tests.tasks.kinds import FAST, broker_url, store_url
from tests.tasks.providers import SmallCI, eventually, ref
from tests.tasks.worker_process import lent, start_worker


def test_a_message_that_is_not_json_ends_no_worker(
    ci: SmallCI, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    broker, log, now = broker_url("redis", request), tmp_path / "worker.log", datetime.now(UTC)
    with store_url("redis", request, tmp_path) as url, closing(open_store(url)) as store, lent(ci) as address:
        settings = Settings(
            sweep_interval=0, workers=2, store_url=url, task_queue_broker_url=broker, loglevel="INFO"
        )
        worker = start_worker(settings, FAST, address, log)
        try:
            with redis.Redis.from_url(broker) as client:
                for message in ("null", ""):
                    client.lpush(QUEUE, message)
            eventually(lambda: log.exists() and log.read_text().count("worker.failed") == 2, 30)
            one = Task("t1", ref(ci.builds["b-alice/app-1"]), Origin.REQUEST, now, now)
            store.add_tasks([one]).result()
            eventually(lambda: store.select("SELECT state FROM task")["state"] == ["done"], 30)
            assert worker.stop() == 0
        finally:
            worker.kill()
