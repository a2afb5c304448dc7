"""The store that another instance keeps."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import orjson
import structlog

from buildtimetrend.errors import SettingsError, StoreError, StoreUnavailable
from buildtimetrend.http_deadline import whole
from buildtimetrend.model import Build, Delivery, Import, Task, Value
from buildtimetrend.settings import data_folder
from buildtimetrend.store import reads
from buildtimetrend.store.base import Part, Pushing, Statement, Table
from buildtimetrend.store.limits import Limits
from buildtimetrend.store.location import check_folder
from buildtimetrend.store.remote import wire
from buildtimetrend.store.remote.allowed_statements import are_known
from buildtimetrend.store.remote.client import InstanceClient
from buildtimetrend.store.remote.outbox import Outbox
from buildtimetrend.store.remote.sender import Outgoing, Sender

log = structlog.get_logger(__name__)

READY = 10.0  # seconds, in which an instance that can work says so
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class RemoteStore:
    """See `base.Store`. A build that `save` was given is on disk here before it returns.

    The other side may be away, also when this is opened: then builds wait in the outbox, also for the next
    process, and everything else raises `StoreUnavailable`.
    """

    shared = True
    kept_jobs = None

    def __init__(self, url: str, pushing: Pushing) -> None:
        address = _address(url)
        self.url = url
        base = f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path.rstrip('/')}"
        token = pushing.token or unquote(address.password or "")
        if token and address.scheme == "http" and address.hostname not in LOOPBACK:
            log.warning("store.url is http://: the token goes over the network for everybody to read.")
        self._client = InstanceClient(base, token)
        self.clock = self._client.clock
        folder = pushing.outbox or data_folder() / "outbox"
        self._outbox = Outbox(folder / _name(address, base), pushing.outbox_size)
        self._sender = Sender(self._client, self._outbox)
        self._closing = threading.Lock()
        self._closed = False

    def select(
        self,
        sql: str,
        params: Mapping[str, Value] | None = None,
        limits: Limits | None = None,  # noqa: ARG002 - the other side has its own
    ) -> Table:
        self._require_open()
        answer = self._client.post("/select", orjson.dumps(wire.asked(sql, params or {})))
        try:
            return wire.answered(answer)
        except wire.Untold:
            raise self._untold() from None

    def save(
        self,
        build: Build,
        task: Task | None = None,
        *,
        patience: float = 0.0,
        send: bool = False,  # noqa: ARG002
    ) -> Future[int]:
        """See `base.Store`; whether the build is sent to Keen.io, the settings of the other side say."""
        outgoing = Outgoing("save", due=time.monotonic() + patience if patience else 0.0)
        try:
            self._require_open()
            outgoing.entry = self._outbox.put(wire.save(build, task))
        except StoreError as error:
            outgoing.future.set_exception(error)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            outgoing.future.set_exception(_cannot(error))
        else:
            self._sender.submit(outgoing)
        return outgoing.future

    def on_saved(self, callback: Callable[[str], None]) -> None:
        """Nothing is stored here: `reads.saved_builds` asks the other side."""

    def accept(self, delivery: Delivery, task: Task | None) -> Future[bool]:
        return self._write("accept", delivery=delivery, task=task)

    def add_tasks(self, tasks: Sequence[Task], batch: Import | None = None) -> Future[None]:
        return self._write("add_tasks", tasks=list(tasks), batch=batch)

    def update_task(self, task: Task) -> Future[None]:
        return self._write("update_task", task=task)

    def prune(self, before: datetime) -> Future[int]:
        return self._write("prune", before=before)

    def claim(self, task_id: str, claimer: str, now: datetime, until: datetime) -> Future[bool]:
        return self._write("claim", id=task_id, claimer=claimer, now=now, until=until)

    def unsent(self, now: datetime, sent_before: datetime, limit: int) -> Future[list[str]]:
        return self._write("unsent", now=now, sent_before=sent_before, limit=limit)

    def execute(self, statements: Sequence[Statement]) -> Future[list[int]]:
        """Statements by which workers share tasks; all others are refused.

        The token is for handing in builds and working at tasks, not for running any statement.
        """
        if not are_known(statements):
            refused: Future[list[int]] = Future()
            refused.set_exception(self._only_there())
            return refused
        return self._write("execute", statements=[wire.asked(sql, params) for sql, params in statements])

    def stream(
        self,
        sql: str,  # noqa: ARG002
        params: Mapping[str, Value] | None = None,  # noqa: ARG002
        *,
        rows: int = 10_000,  # noqa: ARG002
    ) -> Generator[Table, None, None]:
        """Always refused, as `append` is: what is copied is copied where it lies."""
        raise self._only_there()

    def append(self, parts: Callable[[], Iterable[Part]]) -> Future[int]:  # noqa: ARG002
        refused: Future[int] = Future()
        refused.set_exception(self._only_there())
        return refused

    def open_tasks(self) -> list[Task]:
        return reads.open_tasks(self)

    def ready(self) -> None:
        with whole(READY):
            self.select("SELECT 1 AS one")

    def size(self) -> int:
        answer = self._client.get("")
        found = answer.get("bytes") if isinstance(answer, dict) else None
        if not isinstance(found, int):
            raise self._untold()
        return found

    def close(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._sender.close()
            self._client.close()
            self._outbox.close()

    def _only_there(self) -> StoreError:
        return StoreError(
            f"Only the instance at {self._client.url} itself does this with its tables: ask it."
        )

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError("The store is closed.")

    def _untold(self) -> StoreUnavailable:
        return StoreUnavailable(f"The answer of {self._client.url} is not one to what it was asked.")

    def _write(self, kind: str, **values: Any) -> Future[Any]:
        outgoing = Outgoing(kind)
        try:
            outgoing.body = wire.write(kind, **values)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            outgoing.future.set_exception(_cannot(error))
        else:
            self._sender.submit(outgoing)
        return outgoing.future


def open_remote(url: str, *, pushing: Pushing, **_: object) -> RemoteStore:
    return RemoteStore(url, pushing)


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        valid = bool(address.hostname) and not (address.query or address.fragment) and address.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise SettingsError(
            "store.url must be the base URL of another instance, as https://buildtimetrend.example.",
            detail="store.url",
        )
    return address


def _name(address: SplitResult, base: str) -> str:
    """Of the folder for what goes to that instance: nothing goes to another when store.url changes."""
    return f"{address.hostname}-{hashlib.sha256(base.encode()).hexdigest()[:12]}"


def _cannot(error: Exception) -> StoreError:
    return StoreError(f"This could not be stored: {error}", detail=repr(error))


def check_remote(url: str, *, pushing: Pushing, **_: object) -> None:
    _address(url)
    check_folder(pushing.outbox or data_folder() / "outbox", "store.outbox")
