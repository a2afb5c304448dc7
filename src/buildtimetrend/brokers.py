"""Which brokers there are, and how settings name one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

# The first of these that is set names the broker; its backend goes with it.
BROKER_ENV = {
    "BTT_AMQP_URL": "amqp",
    "BTT_REDIS_URL": "redis",
    "RABBITMQ_BIGWIG_URL": "amqp",
    "CLOUDAMQP_URL": "amqp",
    "REDISGREEN_URL": "redis",
}
SCHEMES: Mapping[str, tuple[str, ...]] = {"amqp": ("amqp", "amqps", "pyamqp"), "redis": ("redis", "rediss")}

# What may follow a question mark; kombu refuses to start over any other.
_OPTIONS = ("heartbeat", "login_method", "credential_provider")
_SSL_OPTION = "ssl_"
_CERT_REQS = ("CERT_REQUIRED", "CERT_OPTIONAL", "CERT_NONE", "required", "optional", "none")


def backend_of(url: str) -> str | None:
    """What the scheme of a broker's URL says; None for one that is not known."""
    scheme = url.partition("://")[0].lower()
    return next((backend for backend, schemes in SCHEMES.items() if scheme in schemes), None)


def shown(urls: str) -> str:
    """Where the broker is, without name, password and options: for people to see."""
    places = []
    for url in urls.split(";"):
        scheme, _, rest = url.partition("://")
        parts = urlsplit(f"http://{rest}")  # as kombu reads it
        places.append(f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")
    return " or ".join(places)


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
    for each in url.split(";"):  # the others are asked when the first is away
        fault = _fault_of(each, found)
        if fault:
            raise ValueError(f"The URL of the broker (not shown) cannot be used: {fault}")
    return found


def _fault_of(url: str, backend: str) -> str:
    """What is wrong with the rest of a broker's URL; empty when nothing is."""
    if backend_of(url) != backend or "://" not in url:
        return f"after ; each part is the URL of one more broker, and begins as the first: {backend}://."
    try:
        parts = urlsplit(f"http://{url.partition('://')[2]}")  # as kombu reads it
        port = parts.port
    except ValueError:
        return (
            "its port must be a number from 1 to 65535, and an IPv6 address stands in brackets. "
            "In a name or password / # ? @ are written as %2F %23 %3F %40."
        )
    if port == 0:
        return "its port must be a number from 1 to 65535."
    database = unquote(parts.path).removeprefix("/")
    if backend == "redis" and database and not (database.isascii() and database.isdecimal()):
        return f"behind the host stands the number of a Redis database, as /0, not {database[:50]!r}."
    return _fault_of_options(parts)


def _fault_of_options(parts: SplitResult) -> str:
    if parts.fragment:
        return "it has a #, which is written as %23 in a name or password."
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _OPTIONS and not name.startswith(_SSL_OPTION):
            return f"it has the option {name[:50]!r}; there are {', '.join(_OPTIONS)} and {_SSL_OPTION}…."
        if name == "heartbeat" and not (value.isascii() and value.isdecimal()):
            return "its option heartbeat is a number of seconds."
        if name == "ssl_cert_reqs" and value not in _CERT_REQS:
            return f"its option ssl_cert_reqs is one of: {', '.join(_CERT_REQS)}."
    return ""
