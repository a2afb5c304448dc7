"""The rows of `step_week` that have the sums of several pipelines, made of the rows that are in them."""

from __future__ import annotations

from buildtimetrend.store.pipelines import Run

# `{chosen}` are the rows that are looked at.
ADD_UP = """
    INSERT INTO step_week (repo_id, week, key, phase, runs, total, squares, bins, counts, in_sum)
    SELECT sums.repo_id, sums.week, sums.key, phase, runs, total, squares, bins, counts, FALSE
    FROM (
        SELECT repo_id, week, key, min(phase) AS phase, CAST(sum(runs) AS BIGINT) AS runs,
               sum(total) AS total, sum(squares) AS squares
        FROM step_week WHERE {chosen} AND in_sum GROUP BY repo_id, week, key
    ) AS sums JOIN (
        SELECT repo_id, week, key, array_agg(bin ORDER BY bin) AS bins, array_agg(runs ORDER BY bin) AS counts
        FROM (
            SELECT repo_id, week, key, bin, CAST(sum(runs) AS BIGINT) AS runs
            FROM (
                SELECT repo_id, week, key, unnest(bins) AS bin, unnest(counts) AS runs
                FROM step_week WHERE {chosen} AND in_sum
            ) AS each GROUP BY repo_id, week, key, bin
        ) AS binned GROUP BY repo_id, week, key
    ) AS bins_of ON sums.repo_id = bins_of.repo_id AND sums.week = bins_of.week AND sums.key = bins_of.key
"""


def fill(run: Run) -> None:
    """Within the transaction of the migration, which has said what is in which."""
    run(ADD_UP.replace("{chosen}", "TRUE"), {})
