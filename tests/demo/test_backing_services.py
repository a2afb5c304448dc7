"""The demo on workers, a broker and PostgreSQL ends with the numbers that the simulated CI served."""

from __future__ import annotations

import pytest

from buildtimetrend.demo.servers import postgres, rabbitmq, redis
from tests.cli.conftest import Run, run
from tests.servers.fixtures import missing

pytestmark = pytest.mark.servers

__all__ = ["run"]


def test_the_whole_demo_runs_on_workers_and_postgresql(run: Run) -> None:
    if postgres.programs() is None or not (redis.program() or rabbitmq.installed()):
        missing("no PostgreSQL or no broker")
    ran = run("demo", "--check", "--workers", "--store", "postgresql", "--port", "0")
    assert "Everything as served." in ran.err
    assert ran.code == 0


def test_workers_without_a_store_that_they_can_write_to_are_refused(run: Run) -> None:
    ran = run("demo", "--workers")
    assert ran.code == 1
    assert "add --store postgresql" in ran.err


def test_a_missing_program_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "programs", lambda: None)
    ran = run("demo", "--store", "postgresql", "--port", "0")
    assert ran.code == 1
    assert "Debian's package postgresql" in ran.err
