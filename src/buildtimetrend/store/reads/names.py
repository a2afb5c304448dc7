"""Lists as parameters: `Store.select` takes values one by one, or texts as one.

A thousand parameters cost more than to look for as many rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildtimetrend.model import Value


def named(name: str, values: Sequence[Value]) -> tuple[str, dict[str, Value]]:
    """What goes between the brackets of `IN ()`, and its parameters. Nothing is in an empty list."""
    given = {f"{name}{n}": value for n, value in enumerate(values)}
    return ", ".join(f"${name}" for name in given) or "NULL", given


def listed(texts: Iterable[str]) -> str:
    """One parameter of many texts, each on a line. Of one with lines in it nothing is found."""
    return "\n".join(sorted(set(texts)))


def in_list(name: str, kind: str = "TEXT") -> str:
    """What goes after `IN`, where the parameter of that name is such a list, of that type of SQL's."""
    return f"(SELECT CAST(unnest(string_to_array(${name}, '\n')) AS {kind}))"
