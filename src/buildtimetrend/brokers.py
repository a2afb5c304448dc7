"""Which brokers there are, and how settings name one."""

from __future__ import annotations

from collections.abc import Mapping

# The first of these that is set names the broker; its backend goes with it.
BROKER_ENV = {
    "BTT_AMQP_URL": "amqp",
    "BTT_REDIS_URL": "redis",
    "RABBITMQ_BIGWIG_URL": "amqp",
    "CLOUDAMQP_URL": "amqp",
    "REDISGREEN_URL": "redis",
}
SCHEMES: Mapping[str, tuple[str, ...]] = {"amqp": ("amqp", "amqps", "pyamqp"), "redis": ("redis", "rediss")}


def backend_of(url: str) -> str | None:
    """What the scheme of a broker's URL says; None for one that is not known."""
    scheme = url.partition("://")[0].lower()
    return next((backend for backend, schemes in SCHEMES.items() if scheme in schemes), None)


def checked(backend: str, url: str) -> str:
    """The backend, taken from the URL unless it is given. Raises `ValueError` saying what is allowed."""
    if backend and backend not in SCHEMES:
        raise ValueError(f"task_queue.backend is {backend!r}; it is one of: {', '.join(SCHEMES)}.")
    if not url:
        if backend:
            raise ValueError(
                f"task_queue.backend is {backend}, but no broker is named: set task_queue.broker_url."
            )
        return backend
    found = backend_of(url)
    if found is None or "://" not in url:
        known = ", ".join(f"{scheme}://" for schemes in SCHEMES.values() for scheme in schemes)
        raise ValueError(f"The URL of the broker (not shown) must begin with one of: {known}.")
    if backend and found != backend:
        allowed = " or ".join(f"{scheme}://" for scheme in SCHEMES[backend])
        raise ValueError(
            f"The broker's URL begins with {url.partition('://')[0]}://, but its backend is {backend}, "
            f"which wants {allowed}. task_queue.backend says the backend, or the name of the variable: "
            f"{', '.join(name for name, kind in BROKER_ENV.items() if kind == found)} for {found}."
        )
    return found
