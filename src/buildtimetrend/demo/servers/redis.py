"""A private Redis that, as a careful operator's does, writes every change to disk before it answers."""

from __future__ import annotations

import shutil
from pathlib import Path

from buildtimetrend.demo.servers.process import Server, free_ports


def program() -> str | None:
    return shutil.which("redis-server")


class Redis(Server):
    """`url` is that of its database 0. With `durable=False` a kill loses all that it had."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        port = free_ports(1)
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if durable else ["--save", ""]
        command = [program() or "", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *kept]
        super().__init__("redis", command, port, folder)
        self.url = f"redis://127.0.0.1:{port}/0"
