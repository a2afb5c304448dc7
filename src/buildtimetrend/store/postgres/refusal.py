"""Whether a server that nobody could connect to is away, or is there and does not let us in."""

from __future__ import annotations

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.store.postgres.connection import connect, parsed
from buildtimetrend.store.postgres.silence import FULL

# Seconds that the server may take to say whether it is there: nothing else goes on meanwhile.
PATIENCE = "2"


def raise_refusal(url: str) -> None:
    """Raises `StoreError`, for which waiting does not help: a wrong password, an unknown database.

    libpq does not tell the code of an error in connecting, whose text is in the server's language. But it
    tells whether a server takes connections: from one that does before and after, it is a refusal.
    """
    if not _takes_connections(url):
        return
    try:
        connect(url, {}).close()
    except StoreUnavailable as error:
        if _may_pass(error.__cause__) or not _takes_connections(url):
            return
        raise StoreError(
            f"{error.message}. Correct store.url (BTT_STORE_URL).", detail="store.url"
        ) from error


def _takes_connections(url: str) -> bool:
    conninfo = make_conninfo("", **{**parsed(url), "connect_timeout": PATIENCE})
    return pq.PGconn.ping(conninfo.encode()) == pq.Ping.OK


def _may_pass(cause: BaseException | None) -> bool:
    return isinstance(cause, psycopg.errors.ConnectionTimeout) or any(sign in str(cause) for sign in FULL)
