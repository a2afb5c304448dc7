"""A private RabbitMQ with a port mapper (epmd) of its own; all of it on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from buildtimetrend.demo.servers.process import Server, accepts, free_ports


def program() -> str | None:
    """The server itself: Debian's wrapper on the PATH changes to a user who cannot read a test's folder."""
    direct = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    return str(direct) if direct.exists() else shutil.which("rabbitmq-server")


class RabbitMQ(Server):
    """`url` is that of its virtual host `/`."""

    def __init__(self, folder: Path) -> None:
        port = free_ports(3)
        (folder / "plugins").write_text("[].\n")
        environment = {
            "HOME": str(folder),  # of the cookie
            "RABBITMQ_NODENAME": f"test{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(port + 1),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(port + 2),
        }
        (folder / "rabbitmq.conf").write_text("loopback_users = none\n")
        super().__init__("rabbitmq", [program() or ""], port, folder, environment=environment)
        self._epmd = Server(
            "epmd",
            [shutil.which("epmd") or "epmd", "-port", str(port + 2), "-address", "127.0.0.1"],
            port + 2,
            folder,
            environment={"HOME": str(folder)},
        )
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"

    def start(self) -> None:
        if not accepts(self._epmd.port):
            self._epmd.start()
        try:
            super().start()
        except RuntimeError:  # the port mapper has not yet noticed the end of one that was killed
            super().start()

    def stop(self, number: int = 15) -> None:
        super().stop(number)
        self._epmd.stop()

    def close(self) -> None:
        super().close()
        self._epmd.kill()


def installed() -> bool:
    return program() is not None and os.path.exists(program() or "")
