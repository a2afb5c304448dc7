"""Sends a store's outbox to a fake Keen.io until it is killed.

Run as a process: `python -m tests.keen.sender STORE_URL KEEN_URL`.
"""

from __future__ import annotations

import sys
import threading

from buildtimetrend.keen.exchange.sink import Sink
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from tests.keen.fake import PROJECT, WRITE_KEY


def main(store_url: str, keen_url: str) -> None:
    settings = Settings(keen_api_url=keen_url, keen_project_id=PROJECT, keen_write_key=WRITE_KEY)
    Sink(settings, open_store(store_url, memory_limit="200MB"), idle=0.01).start()
    threading.Event().wait(60)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
