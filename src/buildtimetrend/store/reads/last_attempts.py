"""The beginning of queries over builds: each build of the range once, by its last attempt in it."""

from __future__ import annotations

# What a build is known by.
BUILD = "provider, instance, build_id"


def last_attempts(*more: str) -> str:
    """`more` are columns of `build` that the index of builds by their end has not: on PostgreSQL each makes
    such a query read the table's rows as well, which takes twice the time.
    """
    columns = ", ".join((BUILD, "attempt, result, branch, finished_at, duration", *more))
    # Few builds run again: joining those is half the work of ordering all attempts, as DISTINCT ON does.
    return f"""
    WITH chosen AS (
        SELECT {columns} FROM build WHERE {{builds}}
    ), again AS (
        SELECT {BUILD}, max(attempt) AS last FROM chosen WHERE attempt > 1 GROUP BY {BUILD}
    ), last_attempts AS (
        SELECT {columns} FROM chosen LEFT JOIN again USING ({BUILD})
        WHERE last IS NULL OR attempt = last
    )
"""  # noqa: S608 - fixed text only


LAST_ATTEMPTS = last_attempts()
