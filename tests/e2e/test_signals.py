"""What a user sees of Ctrl-C, whenever it comes: exit code 0, and no word of a library's insides."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.processes import SERVICE, Service

# Told while DuckDB's module makes one of its enumerations: an exception there is the end by abort().
TOLD_AMID_AN_IMPORT = f"""
import enum, os, runpy, signal, sys

usual = enum.EnumType.__call__

def told(kind, value, *given, **named):
    if value == "CSVLineTerminator":
        os.kill(os.getpid(), signal.SIGTERM)
    return usual(kind, value, *given, **named)

enum.EnumType.__call__ = told
sys.argv = [{str(SERVICE)!r}]
runpy.run_path({str(SERVICE)!r}, run_name="__main__")
"""


def test_a_signal_amid_the_start_ends_it_in_order(tmp_path: Path) -> None:
    program = tmp_path / "told.py"
    program.write_text(TOLD_AMID_AN_IMPORT, encoding="utf-8")
    service = Service(tmp_path, {}, program=program)
    service.begin()
    assert service.process.wait(timeout=60) == 0
    said = service.log.read_text(encoding="utf-8")
    assert "service.stopping" in said  # it was told, and came as far as that
    assert_told_in_order(said)


def test_a_service_that_is_stopped_says_nothing_but_its_own_lines(tmp_path: Path) -> None:
    with Service(tmp_path, {}, program=SERVICE) as service:
        assert service.stop() == 0
    assert_told_in_order(service.log.read_text(encoding="utf-8"))


def assert_told_in_order(said: str) -> None:
    lines = [line for line in said.splitlines() if not line.startswith("Buildtime Trend is at ")]
    assert [json.loads(line)["event"] for line in lines][-1] == "service.stopping"
