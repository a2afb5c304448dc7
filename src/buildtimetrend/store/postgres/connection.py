"""Connections, and psycopg's errors in our words: none of them leaves this package."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

import psycopg
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict

from buildtimetrend.errors import SettingsError, StoreError, StoreUnavailable
from buildtimetrend.store.location import shown

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

# Seconds. A machine that is gone says nothing: without these its clients would wait for hours.
_NETWORK = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# What a client that is frozen holds is given back to the others.
_SERVER = {"TimeZone": "UTC", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "60s"}

# Classes of SQLSTATE: connection lost, transaction rolled back by the server, out of resources, not in the
# right state (a lock that is not given), an operator's or a crash's doing, the system's own errors.
_TEMPORARY = ("08", "40", "53", "55", "57", "58")
# Citus passes a worker's end on as an internal error.
_WORKER_GONE = ("connection", "postmaster was shut down", "terminating", "node", "timeout")
# Two transactions in each other's way: the same again may work at once.
_IN_THE_WAY = ("40001", "40P01")


def connect(url: str, settings: Mapping[str, str], *, autocommit: bool = False) -> Connection:
    """A connection whose instants are in UTC and which never waits for ever; `settings` are the server's."""
    given = parsed(url)
    options = " ".join(f"-c {name}={value}" for name, value in {**_SERVER, **settings}.items())
    own = {
        **_NETWORK,
        "application_name": "buildtimetrend",
        **given,
        "options": f"{options} {given.get('options', '')}",
    }
    try:
        connection = psycopg.connect("", autocommit=autocommit, **own)  # type: ignore[arg-type]
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"Cannot reach the store {shown(url)}: {_first_line(error)}", detail=str(error)
        ) from error
    connection.prepare_threshold = 3
    connection.prepared_max = 400
    connection.adapters.register_loader("numeric", _NumberLoader)
    connection.adapters.register_loader("date", _DayLoader)
    return connection


@contextmanager
def translated() -> Iterator[None]:
    """Turns psycopg's errors into ours."""
    try:
        yield
    except psycopg.Error as error:
        if is_temporary(error):
            raise StoreUnavailable(f"The store failed: {_first_line(error)}", detail=str(error)) from error
        raise StoreError(f"The store refused this: {_first_line(error)}", detail=str(error)) from error


def is_temporary(error: psycopg.Error) -> bool:
    """Whether the same may work later."""
    if error.sqlstate is None:  # of psycopg itself: the connection is gone, or it was used in a wrong way
        return isinstance(error, psycopg.OperationalError)
    if error.sqlstate == "XX000":
        return any(sign in str(error) for sign in _WORKER_GONE)
    return error.sqlstate[:2] in _TEMPORARY


def is_in_the_way(error: psycopg.Error) -> bool:
    return error.sqlstate in _IN_THE_WAY


def is_lost(connection: Connection) -> bool:
    return connection.closed or connection.pgconn.status != pq.ConnStatus.OK


def parsed(url: str) -> dict[str, str]:
    """What a URL says. Raises `SettingsError` for what is none."""
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.Error as error:
        raise SettingsError(
            f"store.url is no URL of a PostgreSQL database: {_first_line(error)}", detail="store.url"
        ) from error


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]


class _NumberLoader(Loader):
    """Sums and means of whole numbers are NUMERIC: int where that is exact, else float."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


class _DayLoader(Loader):
    """A day is the instant at which it begins."""

    def load(self, data: Buffer) -> datetime.datetime:
        return datetime.datetime.fromisoformat(bytes(data).decode()).replace(tzinfo=datetime.UTC)
