"""Lists as parameters, which `Store.select` takes one by one."""

from __future__ import annotations

from collections.abc import Sequence

from buildtimetrend.model import Value


def named(name: str, values: Sequence[Value]) -> tuple[str, dict[str, Value]]:
    """What goes between the brackets of `IN ()`, and its parameters. Nothing is in an empty list."""
    given = {f"{name}{n}": value for n, value in enumerate(values)}
    return ", ".join(f"${name}" for name in given) or "NULL", given
