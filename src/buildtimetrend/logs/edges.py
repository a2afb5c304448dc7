"""The first and the last bytes of a log that passes in chunks."""

from __future__ import annotations


class Edges:
    def __init__(self, head: int, tail: int) -> None:
        """Keeps so many bytes of each."""
        self.head = b""
        self.size = 0  # bytes so far
        self._most_head = head
        self._most_tail = tail
        self._tail = b""

    @property
    def tail(self) -> bytes:
        return self._tail[-self._most_tail :]

    def add(self, chunk: bytes) -> None:
        if self.size < self._most_head:
            self.head += chunk[: self._most_head - self.size]
        self.size += len(chunk)
        most = self._most_tail
        self._tail = chunk[-most:] if len(chunk) >= most else self._tail[-most:] + chunk
