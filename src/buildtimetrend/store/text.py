"""Text that every engine can hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import overload

# Bytes. An entry of PostgreSQL's indexes has no more than 2.7 kB; Git's branches have no more than 255.
SHORT = 800
TRIGGER = 200  # PostgreSQL has an index with a build's branch, trigger and ids in one entry
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@overload
def clean(text: str) -> str: ...
@overload
def clean(text: None) -> None: ...
def clean(text: str | None) -> str | None:
    """The text with U+FFFD for what a database refuses: NUL (PostgreSQL) and lone surrogates (not UTF-8).

    Webhooks and logs hold such things; a build is worth more than its odd characters.
    """
    if text is None:
        return None
    if not text.isascii():
        text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text.replace("\0", REPLACEMENT) if "\0" in text else text


def all_clean(texts: Iterable[str | None]) -> bool:
    """Whether `clean` changes none of them, as far as that is seen at a glance."""
    joined = "".join([text for text in texts if text is not None])
    return joined.isascii() and "\0" not in joined


@overload
def short(text: str, most: int = SHORT) -> str: ...
@overload
def short(text: None, most: int = SHORT) -> None: ...
def short(text: str | None, most: int = SHORT) -> str | None:
    """The text, clean, and cut to `most` bytes where it is longer: indexes hold what is grouped by."""
    cleaned = clean(text)
    if cleaned is None or len(cleaned) <= most // 4:
        return cleaned
    return cleaned.encode()[:most].decode("utf-8", "ignore")
