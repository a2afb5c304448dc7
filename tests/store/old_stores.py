"""Stores that earlier versions wrote, opened by this one on every engine."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.base import Part, Store
from buildtimetrend.store.copying import OWN
from buildtimetrend.store.duckdb.reader import Readers
from buildtimetrend.store.postgres.connection import connect
from buildtimetrend.store.postgres.migrate import migrate
from buildtimetrend.store.postgres.work import Work
from buildtimetrend.store.schema import migrations
from tests.store.engines import unmade

STORES = Path(__file__).parent.parent / "data" / "stores"


def unpacked(version: int, folder: Path) -> Path:
    """The file of a store of that version."""
    folder.mkdir(exist_ok=True)
    file = folder / "store.duckdb"
    file.write_bytes(gzip.decompress((STORES / f"version-{version}.duckdb.gz").read_bytes()))
    return file


@contextmanager
def migrated(version: int, engine: str, request: pytest.FixtureRequest, old: Path) -> Iterator[Store]:
    """That store on that engine, brought up to date."""
    with unmade(engine, request, old.parent) as url:
        if engine != "duckdb":
            with pytest.MonkeyPatch.context() as earlier:
                earlier.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:version])
                migrate(url)
            with connect(url, {}) as connection:
                Work(connection).append(parts_of(old))
        with closing(open_store(url)) as opened:
            yield opened


def parts_of(file: Path) -> Iterator[Part]:
    """Its rows by table, as they lie there."""
    with closing(duckdb.connect(str(file), read_only=True)) as connection:
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        tables = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        with closing(Readers(connection)) as readers:
            for table in tables:
                columns = readers.select(f'SELECT * FROM "{table}"', None)
                if table not in (*OWN, "saved_build") and any(columns.values()):
                    yield table, columns
