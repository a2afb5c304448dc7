"""A service with Keen's protocol on, and a history of builds in its store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from buildtimetrend.bootstrap import serving
from buildtimetrend.model import Build, Matrix, Result
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from tests.store.examples import build, job, step

PROJECT, WRITE, READ, MASTER = "project-1", "key-to-write", "key-to-read", "key-to-all"
# Within all of the old dashboard's timeframes, today's apart.
RECENT = (datetime.now(UTC) - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
EPOCH = datetime(2024, 3, 1, 12, tzinfo=UTC)  # where the examples begin


def history() -> list[Build]:
    """Builds of two repos, an hour apart; the second has failed."""
    return [
        _build(1, "main", Result.PASSED, 100),
        _build(2, "dev", Result.FAILED, 50),
        _build(3, "main", Result.PASSED, 200),
        _build(4, "main", Result.PASSED, 30, repo="bob/site"),
    ]


def _build(number: int, branch: str, result: Result, seconds: float, **fields: Any) -> Build:
    start = (RECENT - EPOCH).total_seconds() + number * 3600
    jobs = tuple(
        job(
            f"{number}{place}",
            start,
            seconds,
            number=f"{number}.{place}",
            result=result,
            raw_result=str(result),
            matrix=Matrix(
                f"python {version} linux", {"language": "python", "version": version, "os": "linux"}
            ),
            steps=tuple(step(name, start + 10 * n, 10 + n) for n, name in enumerate(("install", "script"))),
        )
        for place, version in enumerate(("3.11", "3.12"), 1)
    )
    values = {"branch": branch, "result": result, "raw_result": str(result), "jobs": jobs, **fields}
    return build(str(number), start, seconds, **values)


def settings(url: str, **values: Any) -> Settings:
    return Settings.of(
        **{
            "host": "127.0.0.1",
            "port": 0,
            "store_url": url,
            "sweep_interval": 0.0,
            "keen_project_id": PROJECT,
            "keen_write_key": WRITE,
            "keen_read_key": READ,
            "keen_master_key": MASTER,
            "keen_sink": False,
            **values,
        }
    )


@contextmanager
def served(folder: Path, **values: Any) -> Iterator[str]:
    """The base URL of a service in the test's own folder."""
    url = f"duckdb:///{folder}/keen.duckdb"
    with closing(open_store(url)) as store:
        for each in history():
            store.save(each).result()
    with serving(settings(url, **values)) as address:
        yield address
