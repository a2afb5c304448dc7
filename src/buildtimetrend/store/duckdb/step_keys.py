"""Gives the steps of a file from before steps had keys theirs, in a new table: the old one is left as it is
until all are there, and no more than a part of it is in memory.
"""

from __future__ import annotations

import duckdb

from buildtimetrend.store.schema import step_keys

# Of that version.
STEP = (
    "repo_id", "job_key", "position", "name", "phase", "command", "depth", "started_at", "duration", "key",
)  # fmt: skip
JOBS = 100_000  # that are read at once

_CREATE = """
    CREATE TABLE keyed_step (
        repo_id INTEGER NOT NULL,
        job_key BIGINT NOT NULL,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        phase TEXT NOT NULL,
        command TEXT,
        depth INTEGER NOT NULL,
        started_at TIMESTAMPTZ NOT NULL,
        duration DOUBLE PRECISION NOT NULL,
        key TEXT NOT NULL
    )
"""
_IDENTITIES = "CREATE TEMP TABLE identity (phase TEXT, name TEXT, command TEXT, coarse TEXT, fine TEXT)"
_CHOSEN = "job_key >= $first AND job_key < $last"
_KEYED = step_keys.KEYED.format(identities="identity AS of", chosen=_CHOSEN)
_FILL = f"""
    INSERT INTO keyed_step ({", ".join(STEP)})
    SELECT {", ".join(STEP)} FROM ({_KEYED}) AS keyed
    ORDER BY job_key, position
"""  # noqa: S608 - fixed text only


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Within the transaction of the migration."""
    connection.execute(_CREATE)
    connection.execute(_IDENTITIES)
    [(first, last)] = connection.execute("SELECT min(job_key), max(job_key) FROM step").fetchall()
    for start in range(first, last + 1, JOBS) if first is not None else ():
        bounds = {"first": start, "last": start + JOBS}
        known = connection.execute(step_keys.KNOWN.format(chosen=_CHOSEN), bounds).fetchall()
        connection.execute("DELETE FROM identity")
        rows = connection.appender("identity")
        rows.append_rows([*step_keys.identities(known)])
        rows.flush()
        connection.execute(_FILL, bounds)
    connection.execute("DROP TABLE identity")
    connection.execute("DROP TABLE step")
    connection.execute("ALTER TABLE keyed_step RENAME TO step")
