"""Chunks of any size to chunks that are worth reading one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def at_least(size: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes; chunks smaller than `size` are put together."""
    small: list[bytes] = []
    held = 0
    for chunk in chunks:
        held += len(chunk)
        if held < size:
            small.append(chunk)
        elif small:
            yield b"".join([*small, chunk])
            small, held = [], 0
        else:
            yield chunk
            held = 0
    if small:
        yield b"".join(small)
