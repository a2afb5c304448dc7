"""An instance that others push to: a real server with a real store, and tasks that nobody runs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from buildtimetrend.app import create_app
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Pushing, Store
from buildtimetrend.web.context import Context
from buildtimetrend.web.http.connection import BoundedProtocol
from tests.store.begun import begun
from tests.web.conftest import KeptTasks

TOKEN = "the admin's"


@dataclass(frozen=True)
class Owner:
    """`url` carries the token; `base_url` does not."""

    store: Store
    tasks: KeptTasks
    base_url: str

    @property
    def url(self) -> str:
        return self.base_url.replace("http://", f"http://:{TOKEN.replace(' ', '%20')}@")


@contextmanager
def owner(folder: Path, port: int = 0, store_url: str = "", **values: Any) -> Iterator[Owner]:
    """Stores in that folder, or there; all that is known of a build, unless the settings say otherwise."""
    settings = Settings.of(**{"admin_token": TOKEN, "data_detail": "extended", **values})
    store_url = store_url or begun(folder / "owner.duckdb")
    with closing(open_store(store_url, memory_limit="200MB")) as store:
        tasks = KeptTasks(store)
        app = create_app(Context(settings=settings, store=store, providers={}, tasks=tasks))
        with serving(app, port) as url:
            yield Owner(store, tasks, url)


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """An ASGI app on a port of this machine; its base URL."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, http=BoundedProtocol, ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.005)
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def remote(folder: Path, url: str, **pushing: Any) -> Store:
    return open_store(url, pushing=Pushing(**{"token": TOKEN, "outbox": folder / "outbox", **pushing}))
