"""Builds per second into the event store, beside what DuckDB itself takes of the same rows.

A build has one job of 12 steps. DuckDB's own rate is that of bare appenders with ready-made rows, 20 builds
in a transaction. Ours is `Store.save` from threads that each wait for their build to be on disk. Both take
turns, in one run and on new files, so that their ratio is fair.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.report import figure
from buildtimetrend.model import Build, Exit, Job, LogState, Matrix, Result, Step, Worker
from buildtimetrend.store import open_store
from buildtimetrend.store.rows import BUILD, JOB, STEP, encode

BUILDS = 1_000
ROUNDS = 3
STEPS = 12
REPOS = 50
PER_TRANSACTION = 20
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def main() -> None:
    rates: dict[int, list[float]] = {1: [], 4: [], 32: []}
    bare: list[float] = []
    sql: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(ROUNDS):
            bare.append(bare_rate(Path(folder) / f"bare-{round_}.duckdb", BUILDS))
            sql.append(sql_rate(Path(folder) / f"sql-{round_}.duckdb", BUILDS))
            for threads, of_threads in rates.items():
                file = Path(folder) / f"ours-{round_}-{threads}.duckdb"
                of_threads.append(our_rate(file, BUILDS // 4 if threads == 1 else BUILDS, threads))
    for name, rates_of in (("appender", bare), ("sql", sql)):
        rate = statistics.median(rates_of)
        figure(f"store_write_duckdb_{name}", rate, "builds/s", per_transaction=PER_TRANSACTION)
    for threads, of_threads in rates.items():
        ratio = statistics.median(ours / theirs for ours, theirs in zip(of_threads, bare, strict=True))
        figure(
            f"store_write_vs_duckdb_appender_{threads}_threads",
            ratio,
            "ratio",
            builds_per_second=round(statistics.median(of_threads)),
        )


def bare_rate(file: Path, builds: int) -> float:
    """Builds per second that DuckDB takes, at its best."""
    open_store(f"duckdb:///{file}").close()
    with duckdb.connect(str(file)) as connection:
        tables = [connection.appender(name, columns=names) for name, names in _TABLES]
        rows = [ready_rows(number, sample_build(number)) for number in range(builds)]
        started = time.perf_counter()
        for first in range(0, builds, PER_TRANSACTION):
            connection.begin()
            group = rows[first : first + PER_TRANSACTION]
            for table, of_table in zip(tables, zip(*group, strict=True), strict=True):
                table.append_rows(itertools.chain.from_iterable(of_table))
                table.flush()
            connection.commit()
        return builds / (time.perf_counter() - started)


def sql_rate(file: Path, builds: int) -> float:
    """Builds per second that DuckDB takes by SQL, at its best: one INSERT per table, of whole columns."""
    open_store(f"duckdb:///{file}").close()
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        inserts = [_insert(connection, table, names) for table, names in _TABLES]
        rows = [ready_rows(number, sample_build(number)) for number in range(builds)]
        started = time.perf_counter()
        for first in range(0, builds, PER_TRANSACTION):
            connection.begin()
            group = rows[first : first + PER_TRANSACTION]
            for insert, of_table in zip(inserts, zip(*group, strict=True), strict=True):
                columns = zip(*itertools.chain.from_iterable(of_table), strict=True)
                connection.execute(insert, [list(column) for column in columns])
            connection.commit()
        return builds / (time.perf_counter() - started)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> str:
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    types = {row[0]: row[1] for row in described}
    lists = ", ".join(f"unnest(CAST(? AS {types[name.strip(chr(34))]}[]))" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {lists}"


def our_rate(file: Path, builds: int, threads: int) -> float:
    """Builds per second through the store, each thread waiting for its build before the next."""
    store = open_store(f"duckdb:///{file}")
    waiting = iter([sample_build(number) for number in range(builds)])
    taking = threading.Lock()

    def save() -> None:
        while True:
            with taking:
                build = next(waiting, None)
            if build is None:
                return
            store.save(build).result()

    savers = [threading.Thread(target=save) for _ in range(threads)]
    started = time.perf_counter()
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    rate = builds / (time.perf_counter() - started)
    store.close()
    return rate


Rows = list[tuple[object, ...]]
_TABLES = (("build", BUILD), ("job", JOB), ("step", STEP))


def ready_rows(key: int, build: Build, repo: int = 1) -> tuple[Rows, Rows, Rows]:
    encoded = encode(build)
    job = encoded.jobs[0]
    steps: Rows = [(repo, key, *step) for step in job.steps]
    return [(repo, 1, *encoded.row)], [(repo, 1, key, *job.row)], steps


def sample_build(number: int) -> Build:
    start = EPOCH + timedelta(minutes=5 * number)
    ns = int(start.timestamp()) * 10**9
    end = start + timedelta(seconds=240)
    steps = tuple(
        Step(
            f"step.{n}",
            "script",
            f"make target-{n} VERBOSE=1",
            ns + n * 20 * 10**9,
            ns + (n + 1) * 20 * 10**9,
        )
        for n in range(STEPS)
    )
    job = Job(
        id=str(5_000_000 + number),
        number=f"{number}.1",
        result=Result.PASSED,
        raw_result="passed",
        queued_at=start - timedelta(seconds=20),
        matrix=Matrix("python 3.11 linux", {"language": "python", "python": "3.11", "os": "linux"}),
        worker=Worker(hostname="worker-1", os="linux", instance="1f2e3d4c", boot_time=2.5),
        exit=Exit("done", 0),
        log=LogState.COMPLETE,
        steps=steps,
        started_at=start,
        finished_at=end,
    )
    return Build(
        provider="travis",
        instance="https://api.travis-ci.com",
        repo=f"owner/project-{number % REPOS}",
        id=str(6_000_000 + number),
        number=str(number),
        result=Result.PASSED,
        raw_result="passed",
        branch="main",
        commit=f"{number:040x}",
        message=f"Change number {number}",
        author="Ann",
        trigger="push",
        jobs=(job,),
        started_at=start,
        finished_at=end,
    )


if __name__ == "__main__":
    main()
