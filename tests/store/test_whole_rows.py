"""Queries that take rows for values, and those that only look so."""

from __future__ import annotations

import pytest

from buildtimetrend.store.remote.allowed_queries import fault_of


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM a",
        "SELECT a AS x, a AS y FROM a",
        "SELECT x, x AS y FROM build AS x",
        "SELECT x, x AS y FROM build x",
        "SELECT count(build) FROM build",
        "SELECT t AS x FROM (SELECT 1 AS one) t",
        "SELECT t AS x FROM (SELECT 1 AS one) AS t",
        "SELECT b AS x FROM (SELECT 1 AS one) AS o, build AS b",
        "SELECT b AS x FROM job CROSS JOIN build AS b WHERE b.repo_id = 1",
        'SELECT "b" AS x FROM build AS "b"',
        "WITH a AS (SELECT 1 AS x), b AS (SELECT a AS x, a AS y FROM a) SELECT b.x FROM b",
        "SELECT (x, x) AS x FROM build",
        "SELECT (number, branch) FROM build",
        "SELECT ((number, branch)) AS x FROM build",
        "SELECT CASE WHEN true THEN (number, branch) END AS x FROM build",
        "SELECT DISTINCT (number, branch) FROM build",
        "SELECT 1 AS one, (number, branch) AS x FROM build",
    ],
)
def test_rows_and_lists_are_no_values(sql: str) -> None:
    assert fault_of(sql) is not None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT build.number FROM build",
        "SELECT count(*) AS builds FROM (SELECT number FROM build) AS found ORDER BY builds",
        "WITH a (x, y) AS (SELECT 1, 2) SELECT x, y FROM a",
        "WITH a AS MATERIALIZED (SELECT 1 AS x), b AS (SELECT x FROM a) SELECT x FROM b",
        "SELECT number FROM build WHERE (build_id, attempt) IN (($a, $b), ($c, $d))",
        "SELECT number FROM build WHERE (number, attempt) > ($a, $b)",
        "SELECT x FROM (VALUES (1, 'a'), (2, 'b')) AS v (x, y)",
        "SELECT 1 AS n FROM job JOIN build USING (repo_id) GROUP BY GROUPING SETS ((stage, name), ())",
        "SELECT extract(epoch FROM job.started_at) AS build FROM job",
        "SELECT DISTINCT ON (repo_id, number) number FROM build",
        "SELECT number FROM build WHERE branch IS DISTINCT FROM tag",
    ],
)
def test_what_only_looks_so_is_answered(sql: str) -> None:
    assert fault_of(sql) is None
