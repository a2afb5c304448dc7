"""`buildtimetrend parse`: the steps of a log, as a table and as JSON."""

import gzip
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.tasks.providers import LOG


class Input:
    """Standard input that holds bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BufferedReader(io.BytesIO(content))


def test_a_table_of_name_phase_duration_and_share(run: Run, tmp_path: Path) -> None:
    (tmp_path / "job.log").write_bytes(LOG)
    ran = run("parse", "job.log")
    header, step, total, end = ran.out.splitlines()
    assert header.split() == ["name", "phase", "duration", "share"]
    assert step.split() == ["install.1", "install", "2.000", "s", "100.0%"]
    assert total.split() == ["total", "2.000", "s"]
    assert end == "ends with: Done. Your build exited with 0."
    assert ran.code == 0


def test_logs_of_another_ci_are_read_by_its_marks(run: Run, tmp_path: Path) -> None:
    trace = b"section_start:1700000000:step_script\r\x1b[0Ktext\nsection_end:1700000003:step_script\r\x1b[0K"
    (tmp_path / "job.log").write_bytes(trace + b"Job succeeded\n")
    ran = run("parse", "job.log", "--ci", "gitlab")
    assert ran.out.splitlines()[1].split() == ["step_script", "script", "3.000", "s", "100.0%"]
    refused = run("parse", "job.log", "--ci", "nobody")
    assert refused.code != 0
    assert "'nobody' is no CI system whose logs are read" in refused.err


def test_json_has_steps_worker_and_exit(run: Run, tmp_path: Path) -> None:
    (tmp_path / "job.log").write_bytes(LOG)
    parsed = json.loads(run("parse", "job.log", "--json").out)
    assert set(parsed) == {"steps", "worker", "exit"}
    (step,) = parsed["steps"]
    assert {"name", "phase", "command", "started_at", "finished_at", "duration"} <= set(step)
    assert (step["name"], step["command"], step["duration"]) == ("install.1", "make deps", 2.0)
    assert step["started_at"] == "2026-01-01T12:00:00.000000000Z"
    assert parsed["exit"]["code"] == 0


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_read_packed_or_not(
    run: Run, monkeypatch: pytest.MonkeyPatch, pack: object
) -> None:
    assert callable(pack)
    monkeypatch.setattr("sys.stdin", Input(pack(LOG)))
    assert "install.1" in run("parse", "-").out


def test_a_gz_file_is_unpacked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "job.log.gz").write_bytes(gzip.compress(LOG))
    assert "install.1" in run("parse", "job.log.gz").out


def test_an_empty_log_has_no_steps(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert json.loads(run("parse", "empty", "--json").out)["steps"] == []


def test_a_file_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    ran = run("parse", "gone.log")
    assert (ran.code, ran.err) == (1, "buildtimetrend: gone.log cannot be read: No such file or directory.\n")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(LOG)[:60])
    ran = run("parse", "cut.gz")
    assert ran.code == 1
    assert ran.err.startswith("buildtimetrend: cut.gz cannot be read: ")


def test_what_is_no_log_of_a_job_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A project\n\nIt has no log.\n")
    for as_json in ([], ["--json"]):
        ran = run("parse", "README.md", *as_json)
        assert (ran.code, "README.md has no timed steps and no end of a job" in ran.err) == (1, True)
        assert bool(ran.out) == bool(as_json)


def test_a_log_from_before_time_marks_is_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text("Using worker: worker-1\n\nDone. Your build exited with 0.\n")
    ran = run("parse", "old.log")
    assert (ran.code, "before its CI had time marks" in ran.err) == (0, True)
    assert ran.out == "ends with: Done. Your build exited with 0.\n"
