"""Builds per second into PostgreSQL and Citus from two processes, beside psycopg alone with the same rows.

A build has one job of 12 steps and a transaction of its own. psycopg alone sends ready-made rows in three
statements that replace what has the same key; ours is `Store.save`, which also finds out which repo and which
attempt a build belongs to. Both take turns, in one run and on new tables of one schema, which hold a build
of each repo before the clock starts: the first of a repo is rare.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg
from tests.servers import citus, postgres
from tests.servers.fixtures import new_postgres

from benchmarks.report import figure
from benchmarks.store_write import REPOS, Rows, ready_rows, sample_build
from buildtimetrend.store import open_store
from buildtimetrend.store.rows import BUILD, JOB, STEP

BUILDS = 1_000  # of each process
PROCESSES = 2
ROUNDS = 5
TARGET = 0.6
DURABLE = "fsync = on"  # as people have it; the tests' is not

_TABLES = (("build", tuple(BUILD)), ("job", tuple(JOB)), ("step", tuple(STEP)))
_KEYS = {
    "build": ("repo_id", "build_id", "attempt", "provider", "instance"),
    "job": ("repo_id", "build_id", "attempt", "job_id", "provider", "instance"),
    "step": ("repo_id", "job_key", "position"),
}


def main() -> None:
    with new_postgres(DURABLE) as server:
        measure("postgres", server.url)
    if url := citus.url():
        measure("citus", url)
    else:
        print("no Citus: BTT_TEST_CITUS_URL does not name a coordinator", file=sys.stderr)


def measure(engine: str, url: str) -> None:
    theirs, ours = [], []
    for _ in range(ROUNDS):
        theirs.append(rate(url, bare))
        ours.append(rate(url, saved))
    figure(
        f"store_write_vs_psycopg_on_{engine}",
        statistics.median(our / their for our, their in zip(ours, theirs, strict=True)),
        "ratio",
        target=TARGET,
        builds_per_second=round(statistics.median(ours)),
        psycopg_builds_per_second=round(statistics.median(theirs)),
        processes=PROCESSES,
    )


def rate(server: str, work: Callable[[str, int, Barrier], None]) -> float:
    """Builds per second of all processes together."""
    with postgres.schema(server) as url:
        open_store(url).close()
        context = multiprocessing.get_context("spawn")
        barrier = context.Barrier(PROCESSES + 1)
        processes = [context.Process(target=work, args=(url, number, barrier)) for number in range(PROCESSES)]
        for process in processes:
            process.start()
        barrier.wait()
        started = time.perf_counter()
        for process in processes:
            process.join()
        taken = time.perf_counter() - started
        with closing(open_store(url)) as store:
            assert store.select("SELECT count(*) AS steps FROM step") == {"steps": [PROCESSES * BUILDS * 12]}
    return PROCESSES * (BUILDS - REPOS) / taken


def saved(url: str, process: int, barrier: Barrier) -> None:
    with closing(open_store(url)) as store:
        builds = [sample_build(number) for number in numbers(process)]
        for each in builds[:REPOS]:
            store.save(each).result()
        barrier.wait()
        for each in builds[REPOS:]:
            store.save(each).result()


def bare(url: str, process: int, barrier: Barrier) -> None:
    with psycopg.connect(url) as connection:
        ready = [ready_rows(number, sample_build(number), number % REPOS + 1) for number in numbers(process)]
        upsert(connection, ready[:REPOS])
        barrier.wait()
        upsert(connection, ready[REPOS:])


def upsert(connection: psycopg.Connection[Any], builds: Sequence[tuple[Rows, Rows, Rows]]) -> None:
    for of_build in builds:
        for (table, columns), of_table in zip(_TABLES, of_build, strict=True):
            values = [value for row in of_table for value in row]
            connection.execute(_upsert(table, columns, len(of_table)), values)
        connection.commit()


def numbers(process: int) -> range:
    """Of a process's builds: no two have one."""
    return range(process * BUILDS, (process + 1) * BUILDS)


@cache
def _upsert(table: str, columns: tuple[str, ...], count: int) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    row = ", ".join(["%s"] * len(columns))
    new = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in _KEYS[table])
    return (
        f"INSERT INTO {table} ({names}) VALUES {', '.join([f'({row})'] * count)} "
        f"ON CONFLICT ({', '.join(_KEYS[table])}) DO UPDATE SET {new}"
    )


if __name__ == "__main__":
    main()
