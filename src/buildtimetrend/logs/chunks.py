"""Chunks of any size to chunks that are worth reading one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def sized(least: int, most: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes; chunks smaller than `least` are put together, those larger than `most` are cut."""
    small: list[bytes] = []
    held = 0
    for chunk in chunks:
        if len(chunk) > most:
            yield b"".join(small)
            yield from (chunk[at : at + most] for at in range(0, len(chunk), most))
            small, held = [], 0
            continue
        held += len(chunk)
        if held < least:
            small.append(chunk)
        elif small:
            yield b"".join([*small, chunk])
            small, held = [], 0
        else:
            yield chunk
            held = 0
    if small:
        yield b"".join(small)
