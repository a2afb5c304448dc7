"""What somebody who has the token may ask a real service's tables: bounded in memory, rows and time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from buildtimetrend.store import open_store
from buildtimetrend.store.remote import wire
from tests.e2e.processes import Service
from tests.servers import postgres
from tests.store.examples import build, job, step

TOKEN = "the token of the machines"
HEADERS = {"Authorization": f"Bearer {TOKEN}", wire.SCHEMA_HEADER: wire.SCHEMA}
GROWTH = 700 * 2**20  # bytes: of the database 256 MB, an answer as values and as JSON, and room
LONGEST = 60.0  # seconds, of which a query has 5 here
STEPS = 2000

DOUBLED = "WITH a0 AS (SELECT $p AS x){} SELECT length(x) AS n FROM a{}".format(
    "".join(f", a{n} AS (SELECT x || x AS x FROM a{n - 1})" for n in range(1, 31)), 30
)
ROWS_OF_ROWS = "WITH a0 AS (SELECT $p AS x){} SELECT a30 FROM a30".format(
    "".join(f", a{n} AS (SELECT a{n - 1} AS x, a{n - 1} AS y FROM a{n - 1})" for n in range(1, 31))
)
LISTS_OF_LISTS = "WITH a0 AS (SELECT $p AS x){} SELECT x FROM a30".format(
    "".join(f", a{n} AS (SELECT (x, x) AS x FROM a{n - 1})" for n in range(1, 31))
)
ATTACKS = {
    "rows of a series": "SELECT * FROM generate_series(1, 100000000) AS s (n)",
    "a series in the list": "SELECT generate_series(1, 100000000) AS n",
    "rows of a range": "SELECT * FROM range(100000000)",
    "rows of tables": "SELECT a.name, b.name AS other FROM step AS a, step AS b, step AS c",
    "rows of a recursion": (
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"
    ),
    "a wide text": "SELECT lpad('a', 1000000000, 'b') AS x",
    "many wide texts": "SELECT lpad(name, 100000000, 'b') AS x FROM step",
    "a text on the right": "SELECT rpad('a', 1000000000, 'b') AS x",
    "a text again and again": "SELECT repeat('a', 1000000000) AS x",
    "a text in place of letters": "SELECT length(replace($p, 'p', $p)) AS n",
    "a type that pads": "SELECT CAST('a' AS char(10000000)) AS x FROM step",
    "a text doubled": DOUBLED,
    "a text of many": "SELECT length(concat_ws($p, $p, $p, $p)) AS n FROM step",
    "one text of all": "SELECT length(string_agg(a.name, 'x')) AS n FROM step AS a, step AS b, step AS c",
    "a list of all": "SELECT array_agg(a.name) AS n FROM step AS a, step AS b, step AS c",
    "a list of lists": "WITH a AS (SELECT [$p, $p] AS x) SELECT [x, x, x] AS y FROM a",
    "rows of rows": ROWS_OF_ROWS,
    "rows of rows by other names": ROWS_OF_ROWS.replace("FROM a", "FROM (SELECT 1) AS o, a"),
    "lists of lists": LISTS_OF_LISTS,
    "an order of all": "SELECT a.name FROM step AS a, step AS b, step AS c ORDER BY a.duration * b.duration",
    "a median of all": (
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.duration + b.duration * c.duration) AS m"
        " FROM step AS a, step AS b, step AS c"
    ),
    "all that differ": (
        "SELECT count(DISTINCT a.position * 4000000 + b.position * 2000 + c.position) AS n"
        " FROM step AS a, step AS b, step AS c"
    ),
    "the file's own": "SELECT * FROM pragma_database_list",
    "the file's own, quoted": 'SELECT * FROM "pragma_database_list"',
    "the settings": "SELECT * FROM duckdb_settings()",
    "what is called": "SELECT sql FROM sqlite_master",
    "the schema": "SELECT * FROM information_schema.tables",
    "a pragma": "PRAGMA database_list",
    "a second one": "SELECT 1 AS one; SELECT 2 AS two",
    "out of the parenthesis": "SELECT 1 AS one) AS x, (SELECT 2 AS two",
}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("queries")
    environment = {
        "BTT_ADMIN_TOKEN": TOKEN,
        "BTT_SWEEP_INTERVAL": "0",
        "BTT_LOGLEVEL": "WARNING",
        "BTT_STORE_MEMORY_LIMIT": "256MB",
    }
    if request.param == "duckdb":
        yield from _running(folder, f"duckdb:///{folder}/store.duckdb", environment)
        return
    with postgres.schema(request.getfixturevalue("postgres_server").url) as url:
        yield from _running(folder, url, environment)


def _running(folder: Path, url: str, environment: dict[str, str]) -> Iterator[Service]:
    store = open_store(url)
    store.save(build(jobs=(job(steps=tuple(step(f"step.{n}", n) for n in range(STEPS))),))).result()
    store.close()
    program = Path(__file__).with_name("short_queries.py")
    with Service(folder, {**environment, "BTT_STORE_URL": url}, program=program) as running:
        yield running


def asked(service: Service, sql: str) -> Any:
    params = {"p": "p" * 10_000} if "$p" in sql else {}
    return httpx.post(
        f"{service.url}{wire.PREFIX}/select",
        json={"sql": sql, "params": params},
        headers=HEADERS,
        timeout=2 * LONGEST,
    )


def memory(service: Service, of: str = "VmRSS") -> int:
    """Bytes, now (VmRSS) or at most so far (VmHWM)."""
    status = Path(f"/proc/{service.process_id}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith(f"{of}:"))
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("sql", ATTACKS.values(), ids=ATTACKS)
def test_a_query_that_would_take_everything_is_refused_or_given_up(service: Service, sql: str) -> None:
    assert asked(service, "SELECT 1 AS one").status_code == 200
    Path(f"/proc/{service.process_id}/clear_refs").write_text("5", encoding="ascii")  # its peak counts anew
    before = memory(service)
    began = time.monotonic()
    answer = asked(service, sql)
    assert time.monotonic() - began < LONGEST
    assert answer.status_code in (422, 503), answer.text[:1000]
    assert memory(service, "VmHWM") - before < GROWTH
    assert wire.answered(asked(service, "SELECT count(*) AS n FROM step").json()) == {"n": [STEPS]}


def test_an_answer_of_many_rows_is_given(service: Service) -> None:
    sql = "SELECT a.name FROM step AS a, step AS b WHERE b.position <= 50 ORDER BY a.position, b.position"
    names = wire.answered(asked(service, sql).json())["name"]
    assert len(names) == 50 * STEPS
    assert names[:: 50 * 500] == ["step.0", "step.500", "step.1000", "step.1500"]
