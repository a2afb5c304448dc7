"""`import keen`: from a Keen.io over HTTP into a store, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from buildtimetrend import bootstrap
from buildtimetrend.cli import keen_import
from buildtimetrend.keen.exchange.source import Source
from buildtimetrend.keen.shape import JOBS, SUBSTAGES, job_event, substage_events
from buildtimetrend.model import Build
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.statements import keen_outbox
from tests.cli.conftest import Run
from tests.keen.fake import PROJECT, READ_KEY, WRITE_KEY, FakeKeen, fake_keen
from tests.keen.test_reading import old_job, old_substage
from tests.store.examples import build, job

pytestmark = pytest.mark.races

ORG = "https://api.travis-ci.org"
DAY = 86_400


@pytest.fixture
def keen() -> Iterator[FakeKeen]:
    with fake_keen() as fake:
        yield fake


@pytest.fixture
def variables(keen: FakeKeen, tmp_path: Path) -> dict[str, str]:
    return {
        "KEEN_BASE_URL": keen.url,
        "KEEN_PROJECT_ID": PROJECT,
        "KEEN_READ_KEY": READ_KEY,
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }


def fill(keen: FakeKeen, *builds: Build) -> None:
    for each in builds:
        for one in each.jobs:
            keen.add(JOBS, job_event(each, one))
            for event in substage_events(each, one):
                keen.add(SUBSTAGES, event)


def stored(folder: Path, repo: str = "ann/tool") -> list[Build]:
    with closing(open_store(f"duckdb:///{folder / 'store.duckdb'}")) as store:
        keys = store.select("SELECT DISTINCT provider, instance, build_id FROM build ORDER BY build_id")
        named = zip(*keys.values(), strict=True)
        return [each for key in named for each in reads.whole_builds(store, repo, *map(str, key))]


def history() -> list[Build]:
    return [build(str(number), number * DAY, attempt=1) for number in range(10, 30)]


def test_builds_with_all_their_jobs_and_steps_are_imported(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    fill(keen, *history())
    ran = run("import", "keen", **variables)
    assert (ran.code, "20 builds imported, 0 were there, 0 refused." in ran.err) == (0, True)
    assert stored(tmp_path) == history()


def test_an_import_that_is_run_again_changes_nothing(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    fill(keen, *history())
    for _ in range(2):
        assert run("import", "keen", "--since", "2024-01-01", **variables).code == 0
    assert stored(tmp_path) == history()


def test_events_of_the_old_service_are_imported_and_what_cannot_be_read_is_said(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    for event in (old_job("158.1"), old_job("158.2"), old_job("158.2"), old_job("159.1", result="received")):
        keen.add(JOBS, event)
    keen.add(SUBSTAGES, old_substage("script.1", 0, 60))
    ran = run("import", "keen", "ann/tool", "bob/none", **variables)
    assert ran.code == 0
    assert "1 build imported" in ran.err
    assert "No event of bob/none was found since 2014-01-01." in ran.err
    assert "No event of ann/tool" not in ran.err
    assert "1 event skipped: the same job twice" in ran.err
    assert "1 event skipped: the result received" in ran.err
    [found] = stored(tmp_path)
    assert (found.number, found.instance, len(found.jobs), len(found.jobs[0].steps)) == ("158", ORG, 2, 1)


def test_one_repo_of_several_may_be_imported(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    fill(keen, build("1", attempt=1), build("2", attempt=1, repo="bob/site"))
    run("import", "keen", "bob/site", **variables)
    assert stored(tmp_path) == []
    assert stored(tmp_path, "bob/site") == [build("2", attempt=1, repo="bob/site")]


def test_what_the_ci_itself_told_stays(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    with closing(open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")) as store:
        store.save(build("4711", number="158")).result()
    keen.add(JOBS, old_job("158.1"))
    keen.add(JOBS, old_job("159.1"))
    ran = run("import", "keen", **variables)
    assert "1 build imported, 1 were there" in ran.err
    assert sorted(each.id for each in stored(tmp_path)) == ["4711", "keen-159"]


def test_a_build_that_the_service_refuses_is_named_and_the_others_are_stored(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    keen.add(JOBS, old_job("158.1"))
    keen.add(JOBS, old_job("159.1", build="a/b"))
    ran = run("import", "keen", **variables)
    assert ran.code == 1
    assert "1 build imported, 0 were there, 1 refused." in ran.err
    assert "ann/tool build a/b: number" in ran.err
    assert [each.number for each in stored(tmp_path)] == ["158"]


def test_an_interrupted_import_goes_on_where_it_was(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(keen, *history())
    windows = Source.windows

    def some(source: Source) -> Iterator[object]:
        for window in windows(source):
            yield window
            if window.builds:
                raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Source, "windows", some)
        assert run("import", "keen", "--since", "2024-03-01", **variables).code != 0
    assert 0 < len(stored(tmp_path)) < 20
    [file] = (tmp_path / "data" / "buildtimetrend").glob("keen-import-*.json")
    assert json.loads(file.read_text())["start"] > "2024-03-02"
    assert run("import", "keen", "--since", "2024-03-01", **variables).code == 0
    assert stored(tmp_path) == history()
    assert not file.exists()


@pytest.mark.servers
def test_an_import_that_is_killed_goes_on_where_it_was(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    builds = [build(str(number), number * DAY, attempt=1) for number in range(10, 150)]
    fill(keen, *builds)
    command = [sys.executable, "-m", "buildtimetrend", "import", "keen", "--since", "2024-03-01"]
    environment = {**os.environ, **variables, "BTT_STORE_URL": f"duckdb:///{tmp_path / 'store.duckdb'}"}
    for requests in (8, 4):
        asked = len(keen.requests)
        with subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
            while len(keen.requests) < asked + requests:
                assert process.poll() is None
                time.sleep(0.001)
            process.kill()
    assert run("import", "keen", "--since", "2024-03-01", **variables).code == 0
    assert sorted(stored(tmp_path), key=lambda each: int(each.id)) == builds


def test_a_job_that_ended_late_does_not_lose_the_others_after_an_interruption(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = build(attempt=1, jobs=(job("11"), job("12", start=60 * DAY)))
    fill(keen, late)
    windows = Source.windows

    def some(source: Source) -> Iterator[object]:
        for window in windows(source):
            yield window
            if window.builds:
                raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Source, "windows", some)
        run("import", "keen", "--since", "2024-02-20", **variables)
    assert [len(each.jobs) for each in stored(tmp_path)] == [1]
    run("import", "keen", "--since", "2024-02-20", **variables)
    assert stored(tmp_path) == [late]


def test_what_comes_from_keen_io_is_not_sent_there(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    fill(keen, *history())
    before = len(keen.events[JOBS])
    assert run("import", "keen", KEEN_WRITE_KEY=WRITE_KEY, **variables).code == 0
    assert len(stored(tmp_path)) == 20
    with closing(open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")) as store:
        assert keen_outbox.waiting(store) == 0
    assert len(keen.events[JOBS]) == before


def test_the_service_that_owns_the_store_stores_them(
    run: Run, keen: FakeKeen, variables: dict[str, str], tmp_path: Path
) -> None:
    fill(keen, *history())
    settings = Settings(
        port=0, store_url=f"duckdb:///{tmp_path / 'store.duckdb'}", admin_token="t0ken", sweep_interval=0
    )
    with bootstrap.serving(settings):
        assert run("import", "keen", BTT_ADMIN_TOKEN="wrong", **variables).code == 1
        assert run("import", "keen", BTT_ADMIN_TOKEN="t0ken", **variables).code == 0
    assert stored(tmp_path) == history()


def test_missing_settings_are_named(run: Run) -> None:
    ran = run("import", "keen", KEEN_PROJECT_ID=PROJECT)
    assert ran.code == 1
    assert "KEEN_READ_KEY" in ran.err


def test_a_wrong_key_is_named(run: Run, variables: dict[str, str]) -> None:
    ran = run("import", "keen", **{**variables, "KEEN_READ_KEY": "wrong"})
    assert ran.code == 1
    assert "the key is wrong" in ran.err


def test_the_beginning_is_a_day_that_the_command_itself_reads() -> None:
    assert keen_import.BEGINNING == "2014-01-01"
