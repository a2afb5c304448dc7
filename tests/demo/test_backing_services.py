"""What the demo needs for workers and PostgreSQL; that it then runs, tests/e2e/test_demo.py shows."""

from __future__ import annotations

import pytest

from buildtimetrend.demo.servers import postgres
from tests.cli.conftest import Run, run

pytestmark = pytest.mark.servers

__all__ = ["run"]


def test_workers_without_a_store_that_they_can_write_to_are_refused(run: Run) -> None:
    ran = run("demo", "--workers")
    assert ran.code == 1
    assert "add --store postgresql" in ran.err


def test_a_missing_program_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "programs", lambda: None)
    ran = run("demo", "--store", "postgresql", "--port", "0")
    assert ran.code == 1
    assert "Debian's package postgresql" in ran.err
