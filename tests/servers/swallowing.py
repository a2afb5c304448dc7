"""A proxy before a server that can swallow what it is given, as a NAT that has forgotten a connection does.

Sockets stay open and everything is acknowledged by this machine's kernel: only answers never come.
"""

from __future__ import annotations

import selectors
import socket
import threading
from types import TracebackType
from typing import Self

PIECE = 65536


class SwallowingProxy:
    """On 127.0.0.1, at `port`. `swallow` begins, `pass_on` ends it for new connections and old ones.

    What came meanwhile is gone, as are the connections that it belonged to: what comes on them later is
    swallowed, too. `swallow(old_only=True)` lets new connections through.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._listening.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._servers: set[socket.socket] = set()  # ends towards the server
        self._lost: set[socket.socket] = set()  # what comes from these is swallowed
        self._lock = threading.Lock()
        self._cut = False
        self._answers_only = False
        self._word: bytes | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="swallowing-proxy", daemon=True)

    def swallow(self, *, old_only: bool = False, answers_only: bool = False) -> None:
        """From now on; `answers_only` lets the server get what it is sent."""
        with self._lock:
            self._begin(old_only, answers_only)

    def swallow_answers_from(self, word: bytes) -> None:
        """As soon as a client has sent that; what it sent arrives."""
        with self._lock:
            self._word = word

    def pass_on(self) -> None:
        with self._lock:
            self._cut = self._answers_only = False

    def close(self) -> None:
        self._closed = True
        self._thread.join(10)
        for sock in (self._listening, *self._peers):
            sock.close()

    def _begin(self, old_only: bool, answers_only: bool) -> None:
        self._lost.update(end for end in self._peers if not answers_only or end in self._servers)
        self._cut = not old_only
        self._answers_only = answers_only

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select(0.05):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                with self._lock:
                    if sock is self._listening:
                        self._accept()
                    elif sock in self._peers:
                        self._pass(sock)

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        server = socket.create_connection(("127.0.0.1", self._to))
        self._servers.add(server)
        for sock, peer in ((client, server), (server, client)):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[sock] = peer
            self._selector.register(sock, selectors.EVENT_READ)
        if self._cut:
            self._lost.update([server] if self._answers_only else [client, server])

    def _pass(self, sock: socket.socket) -> None:
        peer = self._peers[sock]
        try:
            data = sock.recv(PIECE)
            if self._word and self._word in data and sock not in self._servers:
                self._word = None
                self._begin(old_only=False, answers_only=True)
            if data and sock not in self._lost:
                peer.sendall(data)
        except OSError:
            data = b""
        if not data:
            # Of a connection that was swallowed the other side hears nothing, not even its end.
            quiet = sock in self._lost
            self._forget(sock)
            if not quiet:
                self._forget(peer)

    def _forget(self, sock: socket.socket) -> None:
        if sock not in self._peers:
            return
        del self._peers[sock]
        self._lost.discard(sock)
        self._servers.discard(sock)
        self._selector.unregister(sock)
        sock.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
