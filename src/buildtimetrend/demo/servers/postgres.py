"""A private PostgreSQL of Debian's package."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from buildtimetrend.demo.servers.process import PATIENCE, Server, free_ports

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
"""


def programs() -> Path | None:
    """The folder of initdb and postgres: Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None


class Postgres(Server):
    """`url` is that of its database `postgres`."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        bin_ = programs()
        if bin_ is None:
            raise FileNotFoundError("initdb")
        data = folder / "data"
        port = free_ports(1)
        user = "postgres" if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
        command = [str(bin_ / "postgres"), "-D", str(data)]
        # Of its own: as a client of other servers it looks there for certificates.
        environment = {"HOME": str(folder)}
        super().__init__("postgres", command, port, folder, user=user, environment=environment)
        self._is_ready = [str(bin_ / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self._ready = self._answers
        if user:
            opened(folder)
            shutil.chown(folder, user)
        as_user = ["runuser", "-u", user, "--"] if user else []
        initdb = [str(bin_ / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(  # noqa: S603  (PostgreSQL's own)
            [*as_user, *initdb, "--locale=C.UTF-8", "--no-sync"], check=True, capture_output=True, cwd=folder
        )
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"{SETTINGS}port = {port}\n{settings}\n")

    def start(self) -> None:
        """Also after a kill: until what served its clients has gone, it refuses to start."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return super().start()
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise

    def stop(self, number: int = signal.SIGINT) -> None:
        """Fast shutdown by default: clients are sent away."""
        super().stop(number)

    def _answers(self) -> bool:
        return subprocess.run(self._is_ready, check=False).returncode == 0  # noqa: S603  (PostgreSQL's own)


def opened(folder: Path) -> None:
    """Let another user reach a folder of pytest's, which are for their owner alone."""
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.getuid() and not each.stat().st_mode & 0o001:
            each.chmod(each.stat().st_mode | 0o711)
