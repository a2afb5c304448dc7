"""Taking what is due from an outbox: of all who ask at the same time one alone gets each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from buildtimetrend.store.base import Statement, Store

Some = TypeVar("Some")
Key = Callable[[Some], tuple[str | int, ...]]


def taken(
    store: Store, found: Sequence[Some], key: Key[Some], claim: Callable[[Some], Statement]
) -> list[Some]:
    """Those of what was found that are the caller's: whose claim, by its key, changed a row."""
    if not found:
        return []
    ordered = in_order(found, key)
    changed = store.execute([claim(each) for each in ordered]).result()
    ours = {key(each) for each, count in zip(ordered, changed, strict=True) if count == 1}
    return [each for each in found if key(each) in ours]


def in_order(entries: Iterable[Some], key: Key[Some]) -> list[Some]:
    """As rows are locked, whoever writes: else two that wait for each other would wait for ever."""
    return sorted(entries, key=key)
