"""Budgets in the settings: what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildtimetrend.budgets.budget import Budget
from buildtimetrend.errors import SettingsError
from buildtimetrend.settings import load
from buildtimetrend.settings.budgets import shown_budget


def loaded(tmp_path: Path, entries: str) -> tuple[Budget, ...]:
    file = tmp_path / "config.yml"
    file.write_text(f"buildtimetrend:\n  budgets:\n{entries}", encoding="utf-8")
    return load({}, file).settings.budgets


def test_budgets_are_named_entries(tmp_path: Path) -> None:
    text = """    - name: pull requests
      within: 600
      branches: pull_requests
    - {name: green, what: success, share: 90, repos: [our/], pipelines: ci}
"""
    assert loaded(tmp_path, text) == (
        Budget(name="pull requests", within=600.0, branches="pull_requests"),
        Budget(name="green", what="success", share=90.0, repos=("our/",), pipelines=("ci",)),
    )


def test_a_budget_is_shown_by_its_fields() -> None:
    shown = shown_budget(Budget(name="green", what="success", repos=("our/", "my/")))
    assert shown["budgets.green.what"] == "success"
    assert shown["budgets.green.repos"] == "our/, my/"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{within: 600}", "entry 1: its name must be a line"),
        ("{name: a}", "within is missing: how many seconds wall_time may take"),
        ("{name: a, what: success, within: 5}", "within is for times"),
        ("{name: a, what: speed}", "'speed' is not allowed"),
        ("{name: a, within: 5, share: 100}", "100 is not allowed"),
        ("{name: a, within: 5, branch: main}", "Did you mean branches?"),
        ("600", "must hold a name and settings, not 600"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said.replace("(", ".").replace("?", ".")):
        loaded(tmp_path, f"    - {entry}\n")


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the name 'a' is taken twice"):
        loaded(tmp_path, "    - {name: a, within: 5}\n" * 2)
