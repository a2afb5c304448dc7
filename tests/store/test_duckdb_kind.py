"""What is named as the store and is none: it is told what it is, and is left as it was."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from buildtimetrend.errors import SettingsError, StoreError
from buildtimetrend.settings import Settings
from buildtimetrend.store import check_configured, open_store, repair
from tests.store.examples import build, counts


def sqlite(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE build (id INTEGER)")


def parquet(file: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS one) TO '{file}' (FORMAT parquet)")


def zipped(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("store.duckdb", "x" * 1000)


KINDS: list[tuple[str, Callable[[Path], object], str]] = [
    ("store.duckdb", sqlite, "it is an SQLite database. Name another file in store.url"),
    ("store.sqlite", sqlite, "it is an SQLite database"),
    ("store.duckdb", lambda file: file.write_text("Dear diary" * 10_000), "it is text"),
    ("store.duckdb", lambda file: file.write_text("né" + "€" * 10_000), "it is text"),
    ("builds.json", lambda file: file.write_text('{"a": 1}\n' * 1000), "it is text"),
    ("builds.csv", lambda file: file.write_text("a,b\n1,2\n" * 1000), "it is text"),
    ("builds.parquet", parquet, "it is a Parquet file"),
    ("a.gz", lambda file: file.write_bytes(gzip.compress(b"x")), "it is a packed file (gzip). If a backup"),
    ("a.bz2", lambda file: file.write_bytes(bz2.compress(b"x")), "it is a packed file (bzip2)"),
    ("a.xz", lambda file: file.write_bytes(lzma.compress(b"x")), "it is a packed file (xz)"),
    ("a.zip", zipped, "it is a packed file (zip)"),
    ("store.duckdb", lambda file: file.write_bytes(b""), "it is empty"),
    ("store.duckdb", lambda file: file.write_bytes(b"\0" * 20_000), "it does not begin as a DuckDB database"),
    ("store.duckdb", lambda file: file.write_bytes(b"\xff" * 50), "it does not begin as a DuckDB database"),
]


@pytest.mark.parametrize(
    ("name", "make", "said"), KINDS, ids=[f"{name}: {said}"[:50] for name, _, said in KINDS]
)
def test_a_file_that_is_no_store_is_told_what_it_is_and_left_alone(
    tmp_path: Path, name: str, make: Callable[[Path], object], said: str
) -> None:
    file = tmp_path / name
    make(file)
    file.chmod(0o640)
    before = file.read_bytes()
    url = f"duckdb:///{file}"
    for use in (open_store, repair):
        with pytest.raises(StoreError) as raised:
            use(url)
        assert raised.value.message.startswith(f"{file} is no store: {said}")
    with pytest.raises(SettingsError, match="is no store"):
        check_configured(Settings(store_url=url))
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (before, 0o640)


def test_a_folder_or_a_pipe_is_told_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, said in (("pipe", "it is a pipe or a device"), ("folder", "it is a folder")):
        with pytest.raises(StoreError, match=f"{name} is no store: {said}"):
            open_store(f"duckdb:///{tmp_path / name}")


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "store.duckdb"
    file.write_bytes(b"x")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)  # whoever runs this may be root
    with pytest.raises(StoreError, match=r"Cannot read the store .*store\.duckdb: Permission denied"):
        open_store(f"duckdb:///{file}")
    with pytest.raises(SettingsError, match="Permission denied"):
        check_configured(Settings(store_url=f"duckdb:///{file}"))


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="a DuckDB database of another program, with tables as orders"):
        open_store(f"duckdb:///{file}")
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("name", ["builds.json", "builds.csv", "store.sqlite", "sqlite:store", "md:store"])
def test_a_store_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(open_store(f"duckdb:///{name}")) as store:
        store.save(build()).result()
    with closing(open_store(f"duckdb:///{name}")) as store:
        assert counts(store) == (1, 2, 6)
    assert [each.name for each in tmp_path.iterdir()] == [name]
