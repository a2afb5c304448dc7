"""The part of a Celery worker that takes messages: what is not ours is dropped, and takes nobody's time."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from celery.utils.log import get_logger
from celery.worker.consumer import Consumer
from kombu import compression

from buildtimetrend.tasks.broker.messages import NotOurs, check

log = structlog.get_logger(__name__)
_celery: Any = get_logger(__name__)


class OursOnly(Consumer):  # type: ignore[misc]  # Celery is untyped
    """Celery itself ends, or gives a message back, over what it does not expect: then it comes for ever."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        # No message of ours is packed; unpacked, a small one may be larger than the memory.
        for content_type in compression.encoders():
            compression.register(_refuse, _refuse, content_type)

    def create_task_handler(self, **given: Any) -> Callable[[Any], None]:
        handle = super().create_task_handler(**given)

        def received(message: Any) -> None:
            try:
                check(message)
            except NotOurs as reason:
                self._drop(message, reason)
            else:
                handle(message)

        return received

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """kombu calls this for what is wrong already before a message can be looked at."""
        self._drop(message, exc)

    def _drop(self, message: Any, reason: Exception) -> None:
        log.warning("worker.not_ours", reason=str(reason)[:200], bytes=len(message.body or ""))
        message.reject_log_error(_celery, self.connection_errors)


def _refuse(_: object) -> bytes:
    raise NotOurs("it is packed")
