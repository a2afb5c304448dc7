"""Whether a broker is there when a process starts, and lets it in."""

from __future__ import annotations

from collections.abc import Iterator

from amqp.exceptions import AccessRefused, NotAllowed, PreconditionFailed
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, ResponseError

from buildtimetrend.brokers import shown
from buildtimetrend.errors import SettingsError, TemporaryError
from buildtimetrend.tasks.broker.publisher import Broker, celery_app

# A wrong password, an unknown virtual host, a queue that was made otherwise.
_REFUSALS = (
    AccessRefused,
    NotAllowed,
    PreconditionFailed,
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
)
_NO_DATABASE = "DB index"  # Redis has no code for it


def reach(url: str) -> None:
    """Raises `TemporaryError` while the broker is away, `SettingsError` when it refuses who asks."""
    broker = Broker(celery_app(url))
    try:
        broker.idle()
    except TemporaryError as error:
        refusal = next((cause for cause in _causes(error) if _is_refusal(cause)), None)
        if refusal is None:
            raise
        said = str(refusal).rstrip(".")
        raise SettingsError(
            f"The broker {shown(url)} refuses this: {said}. Correct task_queue.broker_url.",
            detail="task_queue.broker_url",
        ) from error
    finally:
        broker.close()


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, _REFUSALS) or (isinstance(error, ResponseError) and _NO_DATABASE in str(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
