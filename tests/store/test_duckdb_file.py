"""The embedded engine's file: who owns it, where it lies, and what happens when it goes wrong."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import psutil
import pytest

from buildtimetrend.errors import SettingsError, StoreError, StoreInUse, StoreUnavailable
from buildtimetrend.store import file_of, open_store
from buildtimetrend.store.schema import migrations
from tests.store.examples import build, column, counts

# Opens the store, says so, and keeps it until its standard input ends.
OWNER = """
import sys
from buildtimetrend.store import open_store
store = open_store(sys.argv[1])
print("opened", flush=True)
sys.stdin.read()
store.close()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


def url_of(file: Path) -> str:
    return f"duckdb:///{file}"


@pytest.mark.servers
def test_a_store_that_another_process_owns_is_in_use(file: Path) -> None:
    command = [sys.executable, "-c", OWNER, url_of(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdin is not None
        assert owner.stdout is not None
        owner.stdout.readline()
        with pytest.raises(StoreInUse, match=rf"{re.escape(str(file))}.*PID {owner.pid}"):
            open_store(url_of(file))
        owner.stdin.close()
    open_store(url_of(file)).close()


def test_a_store_that_this_process_has_open_is_in_use(file: Path) -> None:
    store = open_store(url_of(file))
    with pytest.raises(StoreInUse, match=r"This process .*store\.duckdb"):
        open_store(f"duckdb:///{file.parent}/../{file.parent.name}/{file.name}")
    store.close()
    open_store(url_of(file)).close()


# Opens the store where not a byte can be written, as on a full disk.
FULL = """
import resource, sys
from buildtimetrend.errors import StoreError
from buildtimetrend.store import open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    open_store(sys.argv[1])
except StoreError as error:
    sys.exit(0 if "Cannot open the store" in error.message else error.message)
sys.exit("was opened")
"""


@pytest.mark.servers
def test_a_start_on_a_full_disk_leaves_nothing_in_the_way_of_the_next(file: Path) -> None:
    subprocess.run([sys.executable, "-c", FULL, url_of(file)], check=True)
    assert not file.exists()
    open_store(url_of(file)).close()


def test_folders_are_made_and_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "store.duckdb"
    open_store(url_of(file)).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_store_in_memory_has_no_file() -> None:
    store = open_store("duckdb://:memory:")
    store.save(build()).result()
    assert counts(store) == (1, 2, 6)
    assert file_of(store.url) is None
    store.close()


def test_stores_in_memory_share_nothing() -> None:
    one, other = open_store("duckdb://:memory:"), open_store("duckdb://:memory:")
    one.save(build()).result()
    assert (counts(one), counts(other)) == ((1, 2, 6), (0, 0, 0))
    one.close()
    other.close()


def test_nothing_is_in_a_store_in_memory_of_what_was_in_one_before() -> None:
    for _ in range(3):
        with closing(open_store("duckdb://:memory:")) as store:
            assert counts(store) == (0, 0, 0)
            store.save(build()).result()
            assert counts(store) == (1, 2, 6)


def test_a_url_without_a_path_is_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert file_of("duckdb:///") == tmp_path / "buildtimetrend" / "buildtimetrend.duckdb"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert file_of("duckdb:///") == Path.home() / ".local/share/buildtimetrend/buildtimetrend.duckdb"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("duckdb:////var/lib/btt.duckdb", "/var/lib/btt.duckdb"),
        ("duckdb:///data/btt.duckdb", "data/btt.duckdb"),
        ("duckdb:////with%20space/a.duckdb", "/with space/a.duckdb"),
    ],
)
def test_a_url_names_a_file(url: str, path: str) -> None:
    assert file_of(url) == Path(path)


@pytest.mark.parametrize(
    "url", ["", "duckdb", "duckdb:/x", "duckdb://x", "oracle:///x", "/x", "duckdb:///a%00b"]
)
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as raised:
        open_store(url)
    assert raised.value.detail == "store.url"


def test_a_folder_that_cannot_be_made_is_refused(file: Path) -> None:
    file.write_text("a file, not a folder")
    with pytest.raises(StoreError, match="folder"):
        open_store(url_of(file / "store.duckdb"))


def test_a_store_of_a_newer_version_is_refused_and_left_alone(file: Path) -> None:
    open_store(url_of(file)).close()
    with duckdb.connect(str(file)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (99)")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"newer Buildtime Trend.*schema 99"):
            open_store(url_of(file))


def test_a_migration_that_fails_leaves_the_store_at_the_version_before(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(url_of(file))
    store.save(build()).result()
    store.close()
    # The version after the last is version 1 again: its first table exists.
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS * 2)
    with pytest.raises(StoreError, match="repo"):
        open_store(url_of(file))
    monkeypatch.undo()
    store = open_store(url_of(file))
    assert column(store, "SELECT max(version) FROM schema_version") == [len(migrations.MIGRATIONS)]
    assert counts(store) == (1, 2, 6)
    store.close()


def test_a_new_store_that_was_not_made_whole_is_made_at_the_next_start(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS * 2)
    with pytest.raises(StoreError, match="repo"):
        open_store(url_of(file))
    with duckdb.connect(str(file)) as connection:
        assert connection.execute("SELECT count(*) FROM schema_version").fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(1,)]
    monkeypatch.undo()
    with closing(open_store(url_of(file))) as store:
        assert column(store, "SELECT max(version) FROM schema_version") == [len(migrations.MIGRATIONS)]


def test_a_file_removed_while_in_use_acknowledges_nothing_more(file: Path) -> None:
    store = open_store(url_of(file))
    store.save(build("1")).result()
    away = file.rename(file.with_suffix(".away"))
    with pytest.raises(StoreUnavailable, match="removed or replaced"):
        store.save(build("2")).result()
    away.rename(file)
    store.save(build("3")).result()
    assert column(store, "SELECT build_id FROM build ORDER BY build_id") == ["1", "3"]
    store.close()


def test_queries_keep_to_the_memory_limit(file: Path) -> None:
    store = open_store(url_of(file), memory_limit="100MB")
    before = psutil.Process().memory_info().rss
    with pytest.raises(StoreUnavailable, match="memory"):
        store.select("SELECT list(n) AS all_of_them FROM generate_series(1, 100000000) AS numbers (n)")
    assert psutil.Process().memory_info().rss - before < 250e6
    store.save(build()).result()
    assert counts(store) == (1, 2, 6)
    store.close()


@pytest.mark.parametrize("limit", ["lots", "7 bananas"])
def test_a_memory_limit_that_means_nothing_is_refused(file: Path, limit: str) -> None:
    with pytest.raises(StoreError, match=re.escape(str(file))):
        open_store(url_of(file), memory_limit=limit)


def test_queries_reach_no_other_file(file: Path) -> None:
    store = open_store(url_of(file))
    other = file.with_suffix(".csv")
    other.write_text("a,b\n1,2\n")
    with pytest.raises(StoreError):
        store.select(f"SELECT * FROM read_csv('{other}')")
    store.close()
