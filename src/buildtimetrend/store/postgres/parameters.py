"""SQL with `$name` parameters, as the engines share it, for psycopg."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from buildtimetrend.model import Value
from buildtimetrend.store.text import clean

_PARTS = re.compile(
    r"""
    ' (?: [^'] | '' )* '            # text
    | " (?: [^"] | "" )* "          # a name
    | -- [^\n]*
    | \$ (?P<name> [A-Za-z_] \w* )
    | %
    """,
    re.VERBOSE,
)


def bound(sql: str, params: Mapping[str, Value]) -> tuple[str, dict[str, Value]]:
    """The statement and its parameters, as psycopg takes them.

    NULLs become part of the text: of what type one is, PostgreSQL asks of each place anew.
    """
    given = {name: clean(value) if isinstance(value, str) else value for name, value in params.items()}
    return _translated(sql, frozenset(name for name, value in given.items() if value is None)), given


@lru_cache(maxsize=1000)
def _translated(sql: str, nulls: frozenset[str]) -> str:
    def part(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0].replace("%", "%%")
        return "NULL" if name in nulls else f"%({name})s"

    return _PARTS.sub(part, sql)
