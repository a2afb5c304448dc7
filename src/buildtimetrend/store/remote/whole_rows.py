"""Whether a query takes whole rows for values: `SELECT a, a FROM a`, or `(x, x)`.

Each makes one value of two, and thirty, one within the other, make 2**30 of them; already their type is too
long for the database. None of our queries does so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ENDS_TABLES = frozenset(
    (
        "where", "on", "using", "group", "order", "having", "limit", "offset", "union", "except", "intersect",
        "window", "qualify", "select",
    )
)  # fmt: skip
_BETWEEN_TABLES = frozenset(
    (
        "as", "cross", "full", "inner", "join", "lateral", "left", "natural", "outer", "right",
        "materialized", "not",
    )
)  # fmt: skip
_FROM_IS_NO_CLAUSE = frozenset(("extract", "substring", "trim", "position", "overlay"))
# What a list in parentheses may follow, or be followed by: it is compared, or no value at all.
_BEFORE_LISTS = frozenset(("in", "values", "by", "using", "as", "sets", "on", "<", ">", "="))
_AFTER_LISTS = frozenset(("in", "not", "<", ">", "=", "<>"))


@dataclass(slots=True)
class _Group:
    """An open parenthesis. `of` stands before it."""

    of: str
    inner: bool  # within a list of lists, as VALUES has
    commas: int = 0
    subquery: bool = False
    in_tables: bool = False
    table_follows: bool = False
    alias_follows: bool = False


def fault_of(words: Sequence[str]) -> str | None:
    """`words` are names and keywords, in lower case, and signs."""
    found = list(_tables(words))
    names = {words[place] for place in found}
    known = set(found)
    for place, word in enumerate(words):
        if word in names and place not in known and not _is_part_of_a_name(words, place):
            return f"takes whole rows of {word} for values"
    return _list_as_value(words)


def _is_part_of_a_name(words: Sequence[str], place: int) -> bool:
    """`a.x`, `x AS a`, `(…) a` and `a AS (…)` name a column or a new table."""
    before = words[place - 1] if place else ""
    after, then = [*words[place + 1 : place + 3], "", ""][:2]
    defines = after == "as" and then in ("(", "materialized", "not")
    return before in (".", "as", ")") or after in (".", "(") or defines


def _tables(words: Sequence[str]) -> Iterator[int]:
    """Places of names of tables and their aliases, after FROM and JOIN."""
    stack = [_Group("", inner=False)]
    for place, word in enumerate(words):
        group, before = stack[-1], words[place - 1] if place else ""
        if word == "(":
            stack.append(_Group(before, inner=False))
        elif word == ")" and len(stack) > 1:
            stack.pop()
            group = stack[-1]
            group.alias_follows, group.table_follows = group.in_tables, False
        elif word == "from" and (group.of in _FROM_IS_NO_CLAUSE or before == "distinct"):
            continue
        elif word in ("from", "join"):
            group.in_tables = group.table_follows = True
        elif word in _ENDS_TABLES:
            group.in_tables = False
        elif word in _BETWEEN_TABLES or not group.in_tables:
            continue
        elif word == ",":
            group.table_follows, group.alias_follows = True, False
        elif (group.table_follows or group.alias_follows) and _is_name(word):
            yield place
            group.alias_follows, group.table_follows = group.table_follows, False


def _list_as_value(words: Sequence[str]) -> str | None:
    stack = [_Group("", inner=True)]
    lists_before = False  # whether what was closed last was a list that may have others beside it
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if word == "(":
            inner = stack[-1].of in ("in", "sets") or before == "values" or (before == "," and lists_before)
            stack.append(_Group(before, inner))
        elif word == "select":
            stack[-1].subquery = True
        elif word == ",":
            stack[-1].commas += 1
        elif word == ")" and len(stack) > 1:
            group, after = stack.pop(), words[place + 1] if place + 1 < len(words) else ""
            lists_before = group.inner
            is_value = group.commas and not (group.subquery or group.inner)
            if is_value and not _is_no_list(group.of) and after not in _AFTER_LISTS:
                return "takes a list in parentheses for a value"
        if word not in (")", ","):
            lists_before = False
    return None


def _is_no_list(before: str) -> bool:
    """Values of a function, names of columns, or what is compared."""
    return before in _BEFORE_LISTS or (_is_name(before) and before not in _KEYWORDS)


def _is_name(word: str) -> bool:
    return word[:1].isalpha() or word[:1] == "_"


_KEYWORDS = frozenset(
    (
        "select", "distinct", "then", "else", "when", "case", "and", "or", "not", "all", "any", "between",
        "where", "having",
    )
)  # fmt: skip
