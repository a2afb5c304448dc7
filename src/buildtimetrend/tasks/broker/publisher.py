"""Messages to workers over a broker, by Celery: the id of a task, and nothing else."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from celery import Celery
from kombu.entity import Queue

from buildtimetrend.brokers import backend_of
from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Origin, Task
from buildtimetrend.tasks.broker import redis_transport
from buildtimetrend.tasks.broker.amqp_frames import frame_handler
from buildtimetrend.tasks.broker.messages import COLLECT, COLLECT_IN_TURN

log = structlog.get_logger(__name__)

QUEUE = "buildtimetrend"
_queue: Any = Queue  # untyped
# Seconds after which Redis gives a message that was taken, but not acknowledged, to another worker; RabbitMQ
# does so when the connection is gone. Neither is what keeps a task from being lost: that is its claim.
VISIBLE_AGAIN = 900
# Seconds that a broker may take to answer whoever sends or asks; who waits for messages waits for ever.
PATIENCE = 5
# Seconds for which an answer to how many messages wait is good enough.
FRESH = 2.0


def celery_app(url: str) -> Celery:
    """Reading this, Celery connects to nothing."""
    amqp = backend_of(url) == "amqp"
    if not amqp:
        redis_transport.use()
    app = Celery("buildtimetrend", set_as_current=False, autofinalize=True)
    app.conf.update(
        broker_url=url,
        broker_use_ssl={"ssl_cert_reqs" if not amqp else "cert_reqs": ssl.CERT_REQUIRED}
        if _tls(url)
        else None,
        broker_connection_timeout=PATIENCE,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_amqp_options() if amqp else _redis_options(),
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_backend=None,
        task_default_queue=QUEUE,
        task_queues=[_queue(QUEUE, routing_key=QUEUE, queue_arguments=_priorities() if amqp else None)],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_publish_retry=False,
        worker_consumer="buildtimetrend.tasks.broker.consumer:OursOnly",
        worker_prefetch_multiplier=1,
        # After a lost connection Celery would let in one message at a time, and raise that number again from
        # the threads that have ended a task: they read from the one connection, each takes the other's
        # answer, and all wait for ever.
        worker_enable_prefetch_count_reduction=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return app


class Broker:
    """A `Publisher` to the workers. They alone ask for imports and sweeps, as their threads get free."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._amqp = backend_of(app.conf.broker_url) == "amqp"
        self._arguments = _priorities() if self._amqp else None
        self._connection: Any = None
        self._producer: Any = None
        self._asked_at = float("-inf")
        self.messages: int | None = None  # that wait; None while the broker is away

    def start(self, handled: Callable[[datetime | None], None]) -> None: ...

    def alive(self) -> bool:
        return True

    def notified(self) -> None: ...

    def send(self, tasks: Sequence[Task]) -> None:
        try:
            self._connect()
            for task in tasks:
                self.app.send_task(
                    COLLECT_IN_TURN if task.origin.is_bulk else COLLECT,
                    args=(task.id,),
                    producer=self._producer,
                    queue=QUEUE,
                    priority=self._priority(task.origin.urgency),
                    retry=False,
                    ignore_result=True,
                )
        except Exception as error:  # kombu's, the drivers' and the system's: each means that it is not there
            raise self._away(error) from error

    def room(self, now: datetime, sent_before: datetime) -> int:  # noqa: ARG002
        return 0

    def idle(self) -> bool:
        """Looks every few seconds. Raises `TemporaryError` while the broker is away."""
        if time.monotonic() - self._asked_at >= FRESH:
            try:
                self._connect()
                # Declared anew each time: Redis has no queue that is empty.
                self.messages = self._connection.default_channel.queue_declare(
                    QUEUE, durable=True, auto_delete=False, arguments=self._arguments
                ).message_count
            except Exception as error:
                raise self._away(error) from error
            self._asked_at = time.monotonic()
        return self.messages == 0

    def close(self, patience: float = 0.0) -> None:  # noqa: ARG002 - nothing runs here
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            try:
                connection.release()
            except Exception as error:
                log.debug("broker.not_released", reason=str(error))

    def _connect(self) -> None:
        if self._connection is not None:
            return
        answer_within = "read_timeout" if self._amqp else "socket_timeout"
        connection = self.app.connection_for_write(transport_options={answer_within: PATIENCE})
        self._connection = connection
        connection.ensure_connection(max_retries=1, timeout=PATIENCE)
        for queue in self.app.amqp.queues.values():
            queue(connection.default_channel).declare()
        self._producer = self.app.amqp.Producer(connection)

    def _away(self, error: Exception) -> TemporaryError:
        self.close()
        self.messages = None
        self._asked_at = float("-inf")
        return TemporaryError(f"The broker cannot be reached: {error or type(error).__name__}.")

    def _priority(self, urgency: int) -> int:
        """RabbitMQ gives the highest number first, Redis the lowest."""
        return len(Origin) - 1 - urgency if self._amqp else urgency


def _tls(url: str) -> bool:
    return url.partition("://")[0] in ("amqps", "rediss")


def _priorities() -> dict[str, int]:
    return {"x-max-priority": len(Origin) - 1}


def _amqp_options() -> dict[str, Any]:
    return {
        "confirm_publish": True,
        "connect_timeout": PATIENCE,
        "read_timeout": None,
        "write_timeout": PATIENCE,
        "frame_handler": frame_handler,
    }


def _redis_options() -> dict[str, Any]:
    return {
        "priority_steps": list(range(len(Origin))),
        "queue_order_strategy": "priority",
        "visibility_timeout": VISIBLE_AGAIN,
        "socket_connect_timeout": PATIENCE,
        "socket_keepalive": True,
    }
