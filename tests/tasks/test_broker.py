"""Messages over real brokers: who goes first, and what becomes of them when the broker goes away."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis

from buildtimetrend.demo.servers.redis import Redis
from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import BuildRef, Origin, Task
from buildtimetrend.tasks.broker import publisher as broker_module
from buildtimetrend.tasks.broker.publisher import QUEUE, Broker, celery_app
from tests.servers.fixtures import new_rabbitmq, new_redis
from tests.tasks.kinds import broker_url, empty

pytestmark = pytest.mark.races


@pytest.fixture(params=["redis", "rabbitmq"])
def url(request: pytest.FixtureRequest) -> str:
    return broker_url(request.param, request)


@pytest.fixture
def broker(url: str) -> Iterator[Broker]:
    broker = Broker(celery_app(url))
    yield broker
    broker.close()


def due(task_id: str, origin: Origin) -> Task:
    now = datetime.now(UTC)
    return Task(task_id, BuildRef("small", "https://ci.example", "alice/app", id=task_id), origin, now, now)


def received(broker: Broker, count: int) -> list[Any]:
    """The next messages, in the order in which a worker gets them; their arguments."""
    with broker.app.connection_for_read() as connection, connection.channel() as channel:
        queue = broker.app.amqp.queues[QUEUE](channel)
        messages = [queue.get(no_ack=True) for _ in range(count)]
        return [message.payload[0] for message in messages]


def test_a_message_holds_the_id_of_a_task_and_nothing_else(broker: Broker) -> None:
    broker.send([due("t1", Origin.HOOK)])
    assert received(broker, 1) == [["t1"]]


def test_a_fresh_notification_passes_500_waiting_imports(broker: Broker) -> None:
    broker.send([due(f"import-{number}", Origin.IMPORT) for number in range(500)])
    broker.send([due("sweep", Origin.SWEEP), due("request", Origin.REQUEST), due("hook", Origin.HOOK)])
    assert not broker.idle()
    assert broker.messages == 503
    assert received(broker, 4) == [["hook"], ["request"], ["sweep"], ["import-0"]]


def test_one_client_of_redis_sends_all_commands_of_a_connection_until_its_pool_goes(
    redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty(redis_server.url)
    made: list[object] = []
    new = redis.Redis.__init__

    def counted(client: redis.Redis, *args: Any, **given: Any) -> None:
        made.append(type(client))
        new(client, *args, **given)

    monkeypatch.setattr(redis.Redis, "__init__", counted)
    broker = Broker(celery_app(redis_server.url))
    broker.send([due("t1", Origin.HOOK)])
    of_first = len(made)
    broker.send([due(f"t{number}", Origin.HOOK) for number in range(2, 30)])
    assert len(made) == of_first
    broker.close()
    broker.send([due("t30", Origin.HOOK)])
    assert len(made) > of_first
    assert received(broker, 30) == [[f"t{number}"] for number in range(1, 31)]
    broker.close()


@pytest.mark.servers
@pytest.mark.parametrize("new", [new_redis, new_rabbitmq])
def test_a_broker_that_is_away_is_told_of_and_used_again_when_it_is_back(new: Any, tmp_path: Path) -> None:
    with new(tmp_path) as server:
        broker = Broker(celery_app(server.url))
        broker.send([due("t1", Origin.HOOK)])
        server.kill()
        with pytest.raises(TemporaryError, match="The broker cannot be reached"):
            broker.send([due("t2", Origin.HOOK)])
        assert broker.messages is None
        server.start()
        broker.send([due("t3", Origin.HOOK)])
        assert not broker.idle()
        broker.close()


def test_no_password_of_a_broker_is_in_what_is_said_of_it() -> None:
    broker = Broker(celery_app("amqp://user:s3cret@127.0.0.1:1//"))
    with pytest.raises(TemporaryError) as error:
        broker.send([due("t1", Origin.HOOK)])
    assert "s3cret" not in error.value.message


@pytest.mark.servers
@pytest.mark.parametrize("new", [new_redis, new_rabbitmq])
def test_a_broker_that_is_frozen_is_told_of_and_used_again_when_it_answers(
    new: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "PATIENCE", 1)
    with new(tmp_path) as server:
        broker = Broker(celery_app(server.url))
        broker.send([due("t1", Origin.HOOK)])
        os.killpg(server.pid, signal.SIGSTOP)
        try:
            for _ in range(2):  # the first on a connection that it has, the second on a new one
                with pytest.raises(TemporaryError, match="The broker cannot be reached"):
                    broker.send([due("t2", Origin.HOOK)])
        finally:
            os.killpg(server.pid, signal.SIGCONT)
        assert broker.messages is None
        broker.send([due("t3", Origin.HOOK)])
        assert not broker.idle()
        broker.close()
