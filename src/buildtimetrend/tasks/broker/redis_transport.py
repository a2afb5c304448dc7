"""kombu's Redis transport, which outlives what anybody may write into its keys."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

import kombu.transport
import structlog
from kombu.transport import redis
from redis.exceptions import DataError, ResponseError

log = structlog.get_logger(__name__)

# What bytes cause that are no message. KeyError is among those that kombu takes for a lost connection.
_GARBAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, DataError)
_WRONG_TYPE = "WRONGTYPE"


class QoS(redis.QoS):
    def restore_by_tag(self, tag: Any, client: Any = None, leftmost: bool = False) -> None:
        """Put back what a worker has taken and not done; drop what cannot be put back."""
        try:
            super().restore_by_tag(tag, client=client, leftmost=leftmost)
        except (*_GARBAGE, ResponseError) as error:
            if isinstance(error, ResponseError) and _WRONG_TYPE not in str(error):
                raise
            _dropped(self.unacked_key, error)
            self._remove_from_indices(tag).execute()


class Channel(redis.Channel):
    QoS = QoS
    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        """Kept for as long as its pool: kombu makes one for each command, which takes longer than that."""
        if asynchronous:
            return super()._create_client(asynchronous)
        client = self._kept
        if client is None or client.connection_pool is not self.pool:
            client = self._kept = super()._create_client()
        return client

    def _brpop_read(self, **options: Any) -> Any:
        """By the time it fails, what was read is no longer in the queue."""
        try:
            return super()._brpop_read(**options)
        except _GARBAGE as error:
            _dropped("the queue", error)
            return True

    def _new_queue(self, queue: str, auto_delete: bool = False, **given: Any) -> None:
        """Before a queue is used, keys of its names that hold something else make room."""
        super()._new_queue(queue, auto_delete, **given)
        kinds = {self._q_for_pri(queue, priority): b"list" for priority in self.priority_steps}
        kinds |= {self.unacked_key: b"hash", self.unacked_index_key: b"zset"}
        with self.conn_or_acquire() as client, client.pipeline(transaction=False) as pipe:
            for key in kinds:
                pipe.type(key)
            for (key, kind), found in zip(kinds.items(), pipe.execute(), strict=True):
                if found not in (kind, b"none"):
                    log.warning("broker.not_ours", dropped_key=key, reason=f"it is a {found.decode()}")
                    client.delete(key)


class Transport(redis.Transport):
    Channel = Channel


def use() -> None:
    """For every connection of this process to a Redis."""
    ours = f"{__name__}:{Transport.__name__}"
    kombu.transport.TRANSPORT_ALIASES.update(redis=ours, rediss=ours)


def _dropped(where: str, error: Exception) -> None:
    log.warning("broker.not_ours", dropped_from=where, reason=f"{type(error).__name__}: {error}"[:200])
