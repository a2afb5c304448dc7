"""`make bench` runs every benchmark that this machine can run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import __main__ as bench

FOLDER = Path(bench.__file__).parent


def test_every_module_that_reports_figures_is_listed() -> None:
    texts = {file.stem: file.read_text() for file in FOLDER.glob("*.py")}
    runs = {name for name, text in texts.items() if re.search(r"^def main\(", text, re.MULTILINE)}
    reports = {name for name, text in texts.items() if "import figure" in text}
    assert set(bench.NAMES) <= runs & reports <= {*bench.NAMES, *bench.LONG}


def test_those_that_start_servers_say_which() -> None:
    texts = {name: (FOLDER / f"{name}.py").read_text() for name in bench.NAMES}
    starts = {name for name, text in texts.items() if re.search(r"new_postgres|servers\.postgres", text)}
    assert starts == set(bench.NEEDS)


def test_one_whose_servers_are_missing_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(bench.NEEDS, "workers", {"Redis": lambda: None, "RabbitMQ": lambda: "here"})
    monkeypatch.setattr("sys.argv", ["benchmarks", "workers"])
    assert bench.main() == 0
    assert capsys.readouterr().err == "benchmark workers left out: Redis is not installed here\n"
