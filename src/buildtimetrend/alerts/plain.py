"""Strangers' words, such as names of steps, as one plain line."""

from __future__ import annotations

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def plain(text: str, most: int = 500) -> str:
    """On one line, of at most so many characters, without what cannot be seen: line ends, control characters,
    and those that turn the direction of what follows.
    """
    # What is cut off is not looked at: a text may have megabytes.
    words = " ".join(text[: 4 * most].split())
    line = "".join(character for character in words if character.isprintable())
    return line if len(line) <= most else f"{line[: most - 1]}{ELLIPSIS}"
