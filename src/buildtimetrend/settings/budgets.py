"""Budgets, a list of named entries in the file:

budgets:
  - name: pull requests
    what: wall_time
    within: 600
    share: 95
    branches: pull_requests
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from buildtimetrend.budgets.budget import Budget
from buildtimetrend.errors import SettingsError
from buildtimetrend.setting import declared
from buildtimetrend.settings.entries import entries_of, entry_values

BUDGETS = "budgets"
LONGEST_NAME = 100


def named_budgets(content: Mapping[str, object], path: Path) -> tuple[Budget, ...]:
    """In the order of the file. Raises `SettingsError` naming entry and field."""
    found: list[Budget] = []
    for number, entry in enumerate(entries_of(content, BUDGETS, f"{BUDGETS} in {path}", "named budgets"), 1):
        budget = _budget(entry, f"{BUDGETS} in {path}, entry {number}")
        if any(other.name == budget.name for other in found):
            raise SettingsError(
                f"{BUDGETS} in {path}: the name {budget.name!r} is taken twice.", detail=BUDGETS
            )
        found.append(budget)
    return tuple(found)


def shown_budget(budget: Budget) -> dict[str, str]:
    """As `check-config` prints it, by `budgets.name.field`."""
    found = {field: getattr(budget, field) for field in declared(Budget)}
    return {
        f"{BUDGETS}.{budget.name}.{field}": ", ".join(value) if isinstance(value, tuple) else str(value)
        for field, value in found.items()
    }


def _budget(entry: object, where: str) -> Budget:
    if not isinstance(entry, dict):
        raise SettingsError(f"{where} must hold a name and settings, not {entry!r}.", detail=BUDGETS)
    given = {str(name): value for name, value in entry.items() if value is not None}
    name = given.pop("name", None)
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name.strip()) <= LONGEST_NAME:
        raise SettingsError(
            f"{where}: its name must be a line of at most {LONGEST_NAME} characters, not {name!r}.",
            detail=BUDGETS,
        )
    values = entry_values(given, declared(Budget), where, "a budget", BUDGETS)
    budget = Budget(name=name.strip(), **values)
    if budget.what != "success" and not budget.within:
        raise SettingsError(
            f"{where}: within is missing: how many seconds {budget.what} may take.",
            detail=f"{BUDGETS}.within",
        )
    if budget.what == "success" and budget.within:
        raise SettingsError(
            f"{where}: within is for times; builds pass or do not, share says how many of them.",
            detail=f"{BUDGETS}.within",
        )
    return budget
