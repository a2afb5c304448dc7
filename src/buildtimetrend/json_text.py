"""JSON that others wrote, read though its text has what no text may have.

A commit message that was cut within a character ends in half a surrogate pair, which orjson refuses, and the
whole document with it. A build is worth more than its odd characters: they become U+FFFD.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

_REPLACEMENT = rb"\ufffd"
# All escapes, so that those of backslashes are passed over; halves that are alone are the group.
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def loads(document: bytes | str) -> Any:
    """As `orjson.loads`, with U+FFFD for half surrogate pairs and for bytes that are no UTF-8.

    Raises `orjson.JSONDecodeError` for what is no JSON otherwise, either.
    """
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError:
        return orjson.loads(_mended(document))


def _mended(document: bytes | str) -> str:
    content = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    mended = _ESCAPES.sub(lambda found: _REPLACEMENT if found[1] else found[0], content)
    return mended.decode("utf-8", "replace")
