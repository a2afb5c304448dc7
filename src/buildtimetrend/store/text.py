"""Text that every engine can hold."""

from __future__ import annotations

from typing import overload

# Bytes. An entry of PostgreSQL's indexes has no more than 2.7 kB; Git's branches have no more than 255.
SHORT = 800
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


@overload
def short(text: str) -> str: ...
@overload
def short(text: None) -> None: ...
def short(text: str | None) -> str | None:
    """The text, clean, and cut to `SHORT` bytes where it is longer: indexes hold what is grouped by."""
    cleaned = clean(text)
    if cleaned is None or len(cleaned) <= SHORT // 4:
        return cleaned
    return cleaned.encode()[:SHORT].decode("utf-8", "ignore")
