"""Which queries an instance answers for others: those that read its tables with what SQL itself offers.

Every machine that pushes holds the token, and a database's own functions do more than read: they change
settings, take locks that outlast the query, open files, run commands on other machines. So the functions that
our queries use are named here, and no others are called.

Some make much of little: rows without end, texts of a gigabyte, which no limit of the database's memory
counts. Of those there are none, or no more than our queries need; `limits.py` bounds what an answer brings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from buildtimetrend.store.remote import whole_rows

# Words before a parenthesis that begins no call, types with a length among them.
_WORDS = (
    "all and any as between by case distinct else except exists exclude filter from group grouping having in "
    "intersect interval join lateral limit materialized not offset on or over partition select sets "
    "then union using values when where within decimal numeric varchar "
)
_FUNCTIONS = (
    "abs asin avg bool_and bool_or cast ceil coalesce cos count date_part date_trunc "
    "dense_rank extract floor greatest lag lead least left length ln log lower max md5 "
    "min mod nullif percentile_cont percentile_disc power radians rank round row_number sin sqrt stddev_pop "
    "string_to_array strpos substr substring sum timezone to_timestamp trim unnest upper"
)
_BEFORE_PARENTHESES = frozenset((_WORDS + _FUNCTIONS).split())
# What these make is no longer than a digest: whatever they are called in.
_ONLY_WITHIN = {"concat_ws": "md5"}
# Tables about the server: among them are its users and what others ask of it; and about its file.
_OF_THE_SERVER = ("pg_", "citus_", "pragma_", "duckdb_", "sqlite_", "information_schema")
LONGEST = 1_000_000  # characters of a query: some list thousands of jobs
MOST_TEXT = 1_000_000  # characters of all its parameters
# Each may make a text twice as long, one within the other.
MOST_JOINED = 4
MOST_WITHIN = 16  # values of which one text is made, for a digest

_IS_QUERY = re.compile(r"(?:\s|\(|--[^\r\n]*[\r\n])*+(?:SELECT|WITH)\b", re.IGNORECASE)
_PARTS = re.compile(
    r"""
    (?P<blank> \s+ | --[^\r\n]* )
    | (?<! [\w&] ) (?P<text> ' (?: [^'] | '' )* ' )
    | (?<! [\w&] ) " (?P<quoted> (?: [^"] | "" )* ) "
    | (?P<name> [^\W\d]\w* )
    | (?P<number> \d[\w.]* )
    | (?P<parameter> \$[A-Za-z_]\w* )
    | (?P<joined> \|\| )
    | (?P<unknown> ['"$\\{};] | /\* )    # strings with escapes, comments in comments, structs: ours have none
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Open:
    """A parenthesis or bracket that is open, and what it is of: a function, a word, or nothing."""

    of: str
    commas: int = 0


def fault_of(sql: str) -> str | None:
    """What is wrong with it; None when it may be asked."""
    if not _IS_QUERY.match(sql):
        return "must be one SELECT"
    if len(sql) > LONGEST:
        return f"has more than {LONGEST} characters"
    return _Reading(sql).fault()


class _Reading:
    """Of one query, from left to right."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._open: list[_Open] = []
        self._before: re.Match[str] | None = None
        self._names_follow = False  # a new name, and perhaps those of its columns in parentheses
        self._joined = 0
        self._words: list[str] = []

    def fault(self) -> str | None:
        for part in _PARTS.finditer(self._sql):
            if part.lastgroup == "blank":
                continue
            if fault := self._fault_of(part):
                return fault
            self._names_follow = self._before is not None and self._before[0].lower() in ("as", "with")
            self._before = part
            self._words.append((part["name"] or part["quoted"] or part["sign"] or "0").lower())
        if self._open:
            return "has a parenthesis that is not closed"
        return whole_rows.fault_of(self._words)

    def _fault_of(self, part: re.Match[str]) -> str | None:
        name = (part["name"] or part["quoted"] or "").lower()
        if part.lastgroup == "unknown":
            return f"has {part[0]}, which is not understood here"
        if name.startswith(_OF_THE_SERVER):
            return f"names {name}, which is the server's own"
        if part["name"] and name == "recursive":
            return "is recursive, which may have no end"
        if part.lastgroup == "joined":
            self._joined += 1
            return f"joins texts more than {MOST_JOINED} times" if self._joined > MOST_JOINED else None
        return self._fault_of_sign(part)

    def _fault_of_sign(self, part: re.Match[str]) -> str | None:
        sign, inner = part[0], self._open[-1] if self._open else None
        if inner and inner.of == "[" and not (part["number"] or part["parameter"] or sign in ",.]"):
            return "has a list of what are no numbers"
        if sign in ("(", "["):
            return self._opened(sign)
        if sign in (")", "]"):
            if inner is None or (inner.of == "[") != (sign == "]"):
                return f"has {sign} where nothing is open"
            self._open.pop()
        if sign == "," and inner:
            inner.commas += 1
            if inner.of in _ONLY_WITHIN and inner.commas > MOST_WITHIN:
                return f"calls {inner.of} with more than {MOST_WITHIN} values"
        return None

    def _opened(self, sign: str) -> str | None:
        before = self._before
        word = (before["name"] or "").lower() if before else ""
        names = self._names_follow and not (
            self._open and self._open[-1].of == "cast"
        )  # there a type follows
        if sign == "(" and before and not names:
            if word in _ONLY_WITHIN:
                if not self._open or self._open[-1].of != _ONLY_WITHIN[word]:
                    return f"calls {before[0]} outside of {_ONLY_WITHIN[word]}"
            elif before.lastgroup not in ("sign", "joined") and word not in _BEFORE_PARENTHESES:
                return f"calls {before[0]}, which is not for others"
        self._open.append(_Open("[" if sign == "[" else word))
        return None
