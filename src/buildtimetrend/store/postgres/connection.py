"""Connections, and psycopg's errors in our words: none of them leaves this package."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import psycopg
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict

from buildtimetrend.errors import SettingsError, StoreError, StoreUnavailable
from buildtimetrend.store.location import shown
from buildtimetrend.store.postgres.silence import PATIENCE, Connection, Probe, Silent

# Seconds after a slow failure to connect in which none is tried: all that wait fail at once.
PAUSE = 1.0
# Seconds. A failure that takes less may as well be had again.
SLOW = 0.5

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
        connection = Connection.connect("", autocommit=autocommit, **own)  # type: ignore[arg-type]
        connection.introduce(partial(_asking, own))
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"Cannot reach the store {shown(url)}: {_first_line(error)}", detail=str(error)
        ) from error
    connection.prepare_threshold = 3
    connection.prepared_max = 400
    connection.adapters.register_loader("numeric", _NumberLoader)
    connection.adapters.register_loader("date", _DayLoader)
    return connection


class Way:
    """To one database, for all of a process: whether it can be reached is found out by one for all."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._refused: tuple[float, StoreUnavailable] | None = None  # until when, and why
        self._closing = False

    def connect(self, settings: Mapping[str, str], *, autocommit: bool = False) -> Connection:
        """See `connect`."""
        self._raise_refused()
        began = time.monotonic()
        try:
            connection = connect(self._url, settings, autocommit=autocommit)
        except StoreUnavailable as error:
            if time.monotonic() - began > SLOW:
                self.note_cut(error)
            raise
        with self._lock:
            self._refused = None
        return connection

    def note_cut(self, error: StoreUnavailable) -> None:
        """Nobody tries for a while; when all that is left is to close, not any more."""
        with self._lock:
            pause = float("inf") if self._closing else PAUSE
            self._refused = time.monotonic() + pause, error

    def close(self) -> None:
        with self._lock:
            self._closing = True

    def _raise_refused(self) -> None:
        with self._lock:
            refused = self._refused
        if refused and time.monotonic() < refused[0]:
            raise StoreUnavailable(refused[1].message, detail=refused[1].detail)


def is_cut(error: StoreUnavailable) -> bool:
    """Whether another connection would be silent, too."""
    return isinstance(error.__cause__, Silent) and error.__cause__.cut


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


def _asking(own: Mapping[str, str]) -> Probe:
    short = {**own, "connect_timeout": str(round(PATIENCE)), "options": ""}
    return Probe.connect("", autocommit=True, **short)  # type: ignore[arg-type]


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
