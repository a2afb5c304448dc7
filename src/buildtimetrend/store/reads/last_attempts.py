"""The beginning of queries over builds: each build of the range once, by its last attempt in it."""

from __future__ import annotations

# What a build is known by.
BUILD = "provider, instance, build_id"


# All are in PostgreSQL's index of builds by their end: another one makes such a query read the table's rows
# as well, which takes twice the time.
_COLUMNS = f"{BUILD}, attempt, result, branch, finished_at, duration"
# Few builds run again: joining those is half the work of ordering all attempts, as DISTINCT ON does.
LAST_ATTEMPTS = f"""
    WITH chosen AS (
        SELECT {_COLUMNS} FROM build WHERE {{builds}}
    ), again AS (
        SELECT {BUILD}, max(attempt) AS last FROM chosen WHERE attempt > 1 GROUP BY {BUILD}
    ), last_attempts AS (
        SELECT {_COLUMNS} FROM chosen LEFT JOIN again USING ({BUILD})
        WHERE last IS NULL OR attempt = last
    )
"""  # noqa: S608 - fixed text only
