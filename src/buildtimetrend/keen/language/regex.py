"""Regular expressions that mean the same to every engine: the common part of RE2 and PostgreSQL's."""

from __future__ import annotations

import re
import warnings

from buildtimetrend.keen.language.errors import KeenError

LONGEST = 500
_REPEATS = 255  # the most that PostgreSQL takes

# What may stand in an expression. Back references, look-around and named groups are not in RE2; \b means a
# word's border here and a backspace there; `{` that starts no repetition is an error there.
_TOKEN = re.compile(
    r"""
    \\[dDwWsS] | \\[^\w\s] | \(\?: | \((?![?*]) | \[\^?\]?(?:\\[dws]|\\[^\w\s]|[^\]\[\\])*\]
    | (?:[*+?]|\{(?P<low>\d{1,3})(?:,(?P<high>\d{0,3}))?\})\?? (?![*+?{]) | [^\\()\[{*+?]
    | \)
    """,
    re.VERBOSE | re.DOTALL,
)


# To one engine these are of ASCII, to the other of whatever the database's locale knows.
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": " \t\n\f\r"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def portable(pattern: str) -> str:
    """What finds the pattern anywhere in a text when it must match the whole, as DuckDB's `~` does."""
    folded = pattern.startswith("(?i)")
    body = pattern.removeprefix("(?i)")
    tokens = _tokens(body) if len(body) <= LONGEST else None
    if tokens is None:
        raise _refused(pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(body)
    except (re.error, Warning, RecursionError, OverflowError):
        raise _refused(pattern) from None
    return f"(?{'i' if folded else ''}s).*(?:{''.join(map(_of_ascii, tokens))}).*"


def _tokens(body: str) -> list[str] | None:
    """None if there is anything that not every engine reads."""
    tokens: list[str] = []
    place = 0
    while place < len(body):
        found = _TOKEN.match(body, place)
        if not found or any(int(found[name] or 0) > _REPEATS for name in ("low", "high")):
            return None
        tokens.append(found[0])
        place = found.end()
    return tokens


def _of_ascii(token: str) -> str:
    """With what its classes stand for."""
    if token.startswith("["):
        return _ESCAPE.sub(lambda escape: _CLASSES.get(escape[1], escape[0]), token)
    held = _CLASSES.get(token[1:].lower()) if token.startswith("\\") else None
    return f"[{'^' if token[1:].isupper() else ''}{held}]" if held else token


def _refused(pattern: str) -> KeenError:
    return KeenError(
        f"regex {pattern[:50]!r} is not one that every engine reads: it may have groups, alternatives, sets, "
        f"repetitions up to {_REPEATS}, ^, $, \\d, \\w, \\s and (?i) at its start.",
        "InvalidFilterError",
    )
