"""Schemas for tests in the demo's PostgreSQL."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg

from buildtimetrend.demo.servers.postgres import Postgres, programs

__all__ = ["Postgres", "programs", "schema"]

_schemas = itertools.count(1)


@contextmanager
def schema(url: str) -> Iterator[str]:
    """The database's URL with an empty schema as the place of all tables, dropped in the end."""
    name = f"test_{os.getpid()}_{next(_schemas)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    mark = "&" if "?" in url else "?"
    try:
        yield f"{url}{mark}options={quote(f'-csearch_path={name}')}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
