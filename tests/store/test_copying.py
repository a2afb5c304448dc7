"""One store into another: the same rows, whatever the engines, and however often the copy is killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.model import TaskState
from buildtimetrend.store import copying, file_of, open_store
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.schema.migrations import MIGRATIONS
from tests.store.engines import empty
from tests.store.examples import at, batch, build, column, counts, delivery, task

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
REPOS = 40
TYPES: dict[str, tuple[Any, Any]] = {
    "INTEGER": (1, 2),
    "BIGINT": (2**40, -1),
    "VARCHAR": ("text, 'é' \\ \n", "more"),
    "BOOLEAN": (True, False),
    "DOUBLE": (0.1, 1e-300),
    "TIMESTAMP WITH TIME ZONE": (at(0.123456), at(1e9)),
    "DOUBLE[]": ([0.1, 2.0], []),
    "INTEGER[]": ([1], [2, 3]),
    "BIGINT[]": ([2**40], []),
}


def fill(store: Store) -> None:
    """Builds of many repos, one of which was renamed, and something in every other table."""
    for number in range(REPOS):
        for id_ in range(3):
            store.save(
                build(f"{number}-{id_}", start=100 * id_, repo=f"ann/tool-{number}", repo_id=str(number))
            )
    store.save(build("renamed", repo="ann/renamed", repo_id="7")).result()
    store.accept(delivery(), task()).result()
    store.add_tasks([task("t2", state=TaskState.DONE, finished_at=at(5))], batch()).result()
    kinds = store.select("SELECT table_name, column_name, data_type FROM information_schema.columns")
    layout = copying.layout_of(store)
    for table in [name for name in layout if column(store, f'SELECT count(*) FROM "{name}"') == [0]]:
        names = {
            row["column_name"]: list(TYPES[row["data_type"]])
            for row in rows(kinds)
            if row["table_name"] == table
        }
        store.append(lambda made=(table, names): [made]).result()  # type: ignore[misc]


def sums(store: Store) -> dict[str, tuple[int, int]]:
    return {
        table: copying.checksum(store, table, columns) for table, columns in copying.layout_of(store).items()
    }


def copy(source: Store, target: Store, name: str = "the source") -> None:
    copying.copy(source, target, name, lambda _: None)
    copying.verify(source, target, lambda _: None)
    copying.finish(target)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"duckdb:///{tmp_path}/source.duckdb", memory_limit="200MB")) as store:
        fill(store)
        yield store


def test_every_table_of_the_schema_is_copied(source: Store) -> None:
    folder = ROOT / "src/buildtimetrend/store/schema"
    scripts = [(folder / name).read_text(encoding="utf-8") for name in MIGRATIONS]
    made: set[str] = set()
    for script in scripts:
        for what, name in re.findall(r"^(CREATE|DROP) TABLE (\w+)", script, re.MULTILINE):
            (made.add if what == "CREATE" else made.remove)(name)
    assert set(copying.layout_of(source)) == made - copying.OWN
    assert all(number for number, _ in sums(source).values())


def test_a_store_goes_round_by_every_engine_and_comes_back_the_same(
    source: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    expected = sums(source)
    with ExitStack() as stack:
        before = source
        for engine in ("postgres", "citus", "duckdb"):
            (tmp_path / engine).mkdir()
            url = stack.enter_context(empty(engine, request, tmp_path / engine))
            store = stack.enter_context(closing(open_store(url, memory_limit="200MB")))
            copy(before, store)
            assert sums(store) == expected
            before = store
        for store in (source, before):
            store.save(build("new", repo="ann/renamed", repo_id="7")).result()
            store.save(build("new", repo="ann/new")).result()
        assert counts(before) == counts(source)
        assert before.select("SELECT * FROM repo ORDER BY id") == source.select(
            "SELECT * FROM repo ORDER BY id"
        )


def command(source: str, target: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "XDG_DATA_HOME": str(folder)}
    program = [sys.executable, "-m", "buildtimetrend", "copy-store", source, target]
    return subprocess.Popen(program, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def copied(url: str) -> int:
    """How far a copy into that store has come: in parts, or in bytes where only its own process may look."""
    file = file_of(url)
    if file is None:
        with closing(open_store(url)) as target:
            return int(column(target, "SELECT count(*) FROM copied_part")[0])
    log = file.with_name(f"{file.name}.wal")
    return log.stat().st_size if log.exists() else 0


@pytest.mark.parametrize(
    ("engine", "moments"),
    [("postgres", (1, 8, 25)), ("citus", (1, 8, 25)), ("duckdb", (20_000, 40_000, 80_000))],
)
def test_a_copy_that_is_killed_goes_on_where_it_was(
    tmp_path: Path, request: pytest.FixtureRequest, engine: str, moments: tuple[int, ...]
) -> None:
    url = f"duckdb:///{tmp_path}/source.duckdb"
    with closing(open_store(url, memory_limit="200MB")) as store:
        fill(store)
        expected = sums(store)
    with empty(engine, request, tmp_path) as target_url:
        for moment in moments:
            with command(url, target_url, tmp_path) as process:
                while copied(target_url) < moment:
                    assert process.poll() is None, process.stderr and process.stderr.read()
                    time.sleep(0.002)
                process.kill()
        with closing(open_store(target_url)) as target:
            assert 0 < counts(target)[0] < expected["build"][0]
        with command(url, target_url, tmp_path) as process:
            assert process.stderr is not None
            said = process.stderr.read()
        assert process.returncode == 0, said
        assert "counts and checksums of all tables agree" in said
        with closing(open_store(target_url)) as target:
            assert sums(target) == expected
            assert column(target, "SELECT count(*) FROM copied_part") == [0]


def test_a_target_that_holds_something_else_is_refused(source: Store, tmp_path: Path) -> None:
    with closing(open_store("duckdb://:memory:")) as target:
        target.save(build()).result()
        with pytest.raises(StoreError, match="not empty"):
            copy(source, target)
        assert counts(target) == (1, 2, 6)
    with closing(open_store("duckdb://:memory:")) as target:
        copying.copy(source, target, "another", lambda _: None)
        with pytest.raises(StoreError, match="not empty"):
            copy(source, target)


def test_a_row_that_is_missing_changed_or_doubled_is_noticed(source: Store) -> None:
    changes = (
        "DELETE FROM step WHERE position = 2 AND job_key = (SELECT max(job_key) FROM step)",
        "UPDATE build SET duration = duration + 1e-9 WHERE build_id = '3-1'",
        "INSERT INTO changed_day SELECT * FROM changed_day LIMIT 1",
    )
    for change in changes:
        with closing(open_store("duckdb://:memory:")) as target:
            copying.copy(source, target, "the source", lambda _: None)
            assert target.execute([(change, {})]).result() == [1]
            with pytest.raises(StoreError, match="The copy differs"):
                copying.verify(source, target, lambda _: None)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("https://host", "duckdb://:memory:", "kept by another instance"),
        ("duckdb://:memory:", "http://host", "kept by another instance"),
        ("duckdb:////nowhere/at/all", "duckdb://:memory:", "There is no store"),
        ("duckdb://:memory:", "duckdb://:memory:", "the same store"),
    ],
)
def test_what_cannot_be_copied_is_refused_in_words(
    tmp_path: Path, source: str, target: str, said: str
) -> None:
    with command(source, target, tmp_path) as process:
        assert process.stderr is not None
        assert said in process.stderr.read()
    assert process.returncode == 1


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_a_copy_that_fails_in_the_middle_ends_with_the_reason(
    tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    file = tmp_path / "source.duckdb"
    url = f"duckdb:///{file}"
    with closing(open_store(url, memory_limit="200MB")) as store:
        fill(store)
    with empty(engine, request, tmp_path) as target_url:
        begun: Table = {"part": [""], "source": [str(file.resolve())], "copied_at": [at(0)]}
        with closing(open_store(target_url)) as target:
            target.append(lambda: [("copied_part", begun)]).result()
            target.accept(delivery(), task()).result()
        with command(url, target_url, tmp_path) as process:
            _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "uplicate key" in said
        assert "Traceback" not in said
