"""Names of collections, properties and queries."""

from __future__ import annotations

from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError

LONGEST = 256


def property_name(value: Json) -> str:
    """A dotted path to a property."""
    if not isinstance(value, str) or not value or len(value) > LONGEST:
        raise KeenError(
            f"A property's name has 1 to {LONGEST} characters, unlike {str(value)[:50]!r}.",
            "InvalidPropertyNameError",
        )
    return _writable(value, "InvalidPropertyNameError")


def collection_name(value: Json) -> str:
    """Anything short that does not begin as Keen's own collections do."""
    if value is None:
        raise KeenError("event_collection is missing.", "InvalidCollectionNameError")
    if not isinstance(value, str) or not value or len(value) > LONGEST or value.startswith("$"):
        raise KeenError(
            f"A collection's name has 1 to {LONGEST} characters and does not begin with $, unlike "
            f"{str(value)[:50]!r}.",
            "InvalidCollectionNameError",
        )
    return _writable(value, "InvalidCollectionNameError")


def _writable(value: str, code: str) -> str:
    """JSON's escapes and addresses can hold halves of characters, which no database can."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise KeenError("A name holds half a character (a lone surrogate).", code) from None
    if "\0" in value:
        raise KeenError("A name holds the character U+0000.", code)
    return value
