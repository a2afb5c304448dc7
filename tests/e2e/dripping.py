"""A server that answers a byte at a time, without end: from the first byte on, or once its head is out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PAUSE = 0.2  # seconds between two bytes
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


@dataclass
class Dripping:
    url: str
    asked: list[bytes] = field(default_factory=list)  # first line of each request


@contextmanager
def dripping(*, head_at_once: bool) -> Iterator[Dripping]:
    stopping = threading.Event()

    def answer(client: socket.socket) -> None:
        with client, suppress(OSError):
            server.asked.append(client.recv(65536).partition(b"\r\n")[0])
            client.sendall(HEAD if head_at_once else b"HTTP/1.1 200 OK\r\nX: ")
            while not stopping.wait(PAUSE):
                client.sendall(b" " if head_at_once else b"x")

    def listen() -> None:
        while not stopping.is_set():
            with suppress(TimeoutError):
                client, _ = listening.accept()
                threads.append(threading.Thread(target=answer, args=(client,)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        server = Dripping(f"http://127.0.0.1:{listening.getsockname()[1]}")
        threads = [threading.Thread(target=listen)]
        threads[0].start()
        try:
            yield server
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
