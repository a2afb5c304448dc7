"""Chunks of any size to blocks of a good size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# CPython searches inputs below 30,000 bytes with a simpler loop, 20 % faster for a needle as short as ours.
SIZE = 25_000


def blocks(chunks: Iterable[bytes], size: int = SIZE) -> Iterator[bytes]:
    """The same bytes in blocks of at most `size`; chunks smaller than half of that are put together."""
    small: list[bytes] = []
    held = 0
    for chunk in chunks:
        if held + len(chunk) < size // 2:
            small.append(chunk)
            held += len(chunk)
            continue
        if small:
            chunk = b"".join([*small, chunk])  # noqa: PLW2901
            small, held = [], 0
        for at in range(0, len(chunk), size):
            yield chunk[at : at + size]
    if small:
        yield b"".join(small)
