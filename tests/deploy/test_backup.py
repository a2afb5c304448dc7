"""What docs/deploying.md says of backups, done: copy, lose, restore, and the same is there."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from tests.servers.postgres import Postgres, programs
from tests.store.examples import build, column, counts, task

pytestmark = [pytest.mark.races, pytest.mark.servers]

ROOT = Path(__file__).parents[2]
BACKUP = ROOT / "utils" / "backup-duckdb.sh"


def fill(store: Store, numbers: range) -> None:
    writes = [store.save(build(str(n), repo=f"ann/tool-{n % 3}"), task(str(n))) for n in numbers]
    for write in writes:
        write.result()


def backup(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(BACKUP), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_a_store_that_nobody_has_open_is_copied_and_restored(tmp_path: Path) -> None:
    file = tmp_path / "store.duckdb"
    with closing(open_store(f"duckdb:///{file}")) as store:
        fill(store, range(50))
        before = counts(store)
    assert backup(file, tmp_path / "backup").returncode == 0
    file.unlink()
    (tmp_path / "backup" / file.name).rename(file)
    with closing(open_store(f"duckdb:///{file}")) as store:
        assert counts(store) == before
        fill(store, range(50, 60))
        assert counts(store)[0] == 60


def test_a_store_is_copied_whole_while_a_process_writes_to_it(tmp_path: Path) -> None:
    """Ten copies under four writing threads: each has all that was acknowledged before it was begun."""
    file = tmp_path / "store.duckdb"
    command = [sys.executable, "-m", "tests.store.saver", f"duckdb:///{file}", "1"]
    acknowledged: set[str] = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            for copy in range(10):
                acknowledged |= {process.stdout.readline().strip() for _ in range(30)}
                done = backup(file, tmp_path / f"backup-{copy}", process.pid)
                assert (done.returncode, done.stderr) == (0, "")
                with closing(open_store(f"duckdb:///{tmp_path}/backup-{copy}/store.duckdb")) as store:
                    builds, jobs, steps = counts(store)
                    assert acknowledged <= set(column(store, "SELECT build_id FROM build"))
                    assert (jobs, steps) == (2 * builds, 6 * builds)
        finally:
            process.kill()
    assert len(acknowledged) == 300


def test_a_backup_again_replaces_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "store.duckdb"
    for numbers in (range(5), range(5, 9)):
        with closing(open_store(f"duckdb:///{file}")) as store:
            fill(store, numbers)
        assert backup(file, tmp_path / "backup").returncode == 0
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["store.duckdb"]
    with closing(open_store(f"duckdb:///{tmp_path}/backup/store.duckdb")) as store:
        assert counts(store)[0] == 9


def test_what_is_not_there_is_not_backed_up(tmp_path: Path) -> None:
    assert "there is no" in backup(tmp_path / "missing.duckdb", tmp_path / "backup").stderr
    assert backup().returncode == 2
    file = tmp_path / "store.duckdb"
    file.touch()
    assert backup(file, tmp_path / "backup", 2**22 + 1).returncode != 0


@pytest.fixture
def databases(postgres_server: Postgres) -> tuple[str, str]:
    """URLs of two empty databases."""
    urls = []
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        for name in ("backed_up", "restored"):
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
            urls.append(urlsplit(postgres_server.url)._replace(path=f"/{name}").geturl())
    return urls[0], urls[1]


def test_a_dump_of_postgresql_is_restored_into_an_empty_database(
    databases: tuple[str, str], tmp_path: Path
) -> None:
    there, back = databases
    bin_ = programs()
    assert bin_ is not None
    dump = tmp_path / "backup.dump"
    with closing(open_store(there)) as store:
        fill(store, range(50))
        # While the service runs: a dump is one snapshot.
        run(bin_ / "pg_dump", "--format=custom", f"--file={dump}", there)
        before = counts(store)
    run(bin_ / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={back}", str(dump))
    with closing(open_store(back)) as store:
        assert counts(store) == before
        fill(store, range(50, 60))
        assert counts(store)[0] == 60


def run(*command: str | Path) -> None:
    subprocess.run(
        command, check=True, capture_output=True, timeout=120, env={**os.environ, "PGCONNECT_TIMEOUT": "10"}
    )
