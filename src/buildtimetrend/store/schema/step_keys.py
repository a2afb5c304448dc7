"""Keys for steps that were stored before steps had any: what `steps.keys` gives, as an SQL statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildtimetrend.steps import identity
from buildtimetrend.store.text import clean

# Of the steps that match `{chosen}`; `{identities}` are rows of phase, name, command, coarse and fine.
KEYED = """
    SELECT repo_id, job_key, position, name, phase, command, depth, started_at, duration,
           CASE WHEN number = 1 THEN text ELSE text || ' (' || CAST(number AS TEXT) || ')' END AS key
    FROM (
        SELECT *, row_number() OVER (PARTITION BY job_key, depth, text ORDER BY position) AS number
        FROM (
            SELECT step.*,
                   CASE WHEN min(fine) OVER alike = max(fine) OVER alike THEN coarse ELSE fine END AS text
            FROM step JOIN {identities} ON step.phase = of.phase AND step.name = of.name
                AND coalesce(step.command, '') = of.command
            WHERE {chosen}
            WINDOW alike AS (PARTITION BY job_key, depth, coarse)
        ) AS called
    ) AS counted
"""
KNOWN = "SELECT DISTINCT phase, name, coalesce(command, '') FROM step WHERE {chosen}"


def identities(known: Iterable[Sequence[str]]) -> Sequence[tuple[str, ...]]:
    """Rows for `KEYED`, of rows of phase, name and command, which is empty where there is none."""
    return [
        (phase, name, command, *map(clean, identity(phase, name, command))) for phase, name, command in known
    ]
