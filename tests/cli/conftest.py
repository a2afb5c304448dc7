"""Commands as a user runs them: `main` with arguments, an environment and a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from buildtimetrend.cli import main
from buildtimetrend.demo.history import History
from buildtimetrend.demo.server import SimulatedTravis
from buildtimetrend.settings import ROWS

NOW = 1_780_000_000


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for row in ROWS.values():
        for variable in (row.env or "").split(", "):
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("BTT_STORE_URL", f"duckdb:///{tmp_path / 'store.duckdb'}")

    def ran(*arguments: str, **environment: str) -> Ran:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        code = 0
        try:
            main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return ran


@pytest.fixture(scope="session")
def travis() -> Iterator[SimulatedTravis]:
    with SimulatedTravis(History(1, NOW)) as running:
        yield running
