"""Gives the steps of a database from before steps had keys theirs, repo by repo: each statement is for
one machine of a cluster.
"""

from __future__ import annotations

from typing import Any

from buildtimetrend.store.postgres.silence import Connection
from buildtimetrend.store.schema import step_keys

JOBS = 10_000  # whose steps are read at once

_CHOSEN = "repo_id = %(repo)s::int AND job_key BETWEEN %(first)s AND %(last)s"
_IDENTITIES = """
    unnest(%(phases)s::text[], %(names)s::text[], %(commands)s::text[], %(coarse)s::text[], %(fine)s::text[])
    AS of (phase, name, command, coarse, fine)
"""
_KEYED = step_keys.KEYED.format(identities=_IDENTITIES, chosen=f"step.{_CHOSEN}")
_FILL = f"""
    UPDATE step SET key = keyed.key
    FROM ({_KEYED}) AS keyed
    WHERE step.repo_id = %(repo)s::int AND step.job_key = keyed.job_key AND step.position = keyed.position
"""  # noqa: S608 - fixed text only


def fill(connection: Connection) -> None:
    """Within the transaction of the migration."""
    connection.execute("ALTER TABLE step ADD COLUMN key TEXT")
    for (repo,) in connection.execute("SELECT id FROM repo ORDER BY id").fetchall():
        jobs = connection.execute(
            "SELECT job_key FROM job WHERE repo_id = %s ORDER BY job_key", [repo]
        ).fetchall()
        for place in range(0, len(jobs), JOBS):
            part = jobs[place : place + JOBS]
            bounds = {"repo": repo, "first": part[0][0], "last": part[-1][0]}
            known: list[Any] = connection.execute(step_keys.KNOWN.format(chosen=_CHOSEN), bounds).fetchall()
            if known:
                columns = zip(*step_keys.identities(known), strict=True)
                given = dict(
                    zip(("phases", "names", "commands", "coarse", "fine"), map(list, columns), strict=True)
                )
                connection.execute(_FILL, {**bounds, **given})
    connection.execute("ALTER TABLE step ALTER COLUMN key SET NOT NULL")
