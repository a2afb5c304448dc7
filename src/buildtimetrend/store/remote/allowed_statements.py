"""Which statements an instance runs for others: those by which workers share tasks, and by which alerts and
their rules change. None else.
"""

from __future__ import annotations

from collections.abc import Sequence

from buildtimetrend.store.base import Statement
from buildtimetrend.store.statements import alert_rules, alerts, claims, presence

_KNOWN = frozenset(
    text
    for module in (alert_rules, alerts, claims, presence)
    for text in vars(module).values()
    if isinstance(text, str) and text.lstrip().startswith(("INSERT ", "UPDATE ", "DELETE "))
)


def are_known(statements: Sequence[Statement]) -> bool:
    return all(sql in _KNOWN for sql, _ in statements)
