"""Text that every engine can hold."""

from __future__ import annotations

from typing import overload

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
