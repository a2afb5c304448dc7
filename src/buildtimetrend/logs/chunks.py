"""Chunks of any size to chunks that are worth reading one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def sized(least: int, most: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes; chunks smaller than `least` are put together, those larger than `most` are cut."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= least:
            joined = b"".join(held)  # no copy if it is but one; nor is a slice of the whole
            yield from (joined[at : at + most] for at in range(0, size, most))
            held, size = [], 0
    if held:
        yield b"".join(held)
