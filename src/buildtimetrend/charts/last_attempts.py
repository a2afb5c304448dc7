"""The beginning of queries over builds: each build of the range once, by its last attempt in it."""

# Few builds run again: joining those is half the work of ordering all attempts, as DISTINCT ON does.
LAST_ATTEMPTS = """
    WITH chosen AS (
        SELECT provider, instance, build_id, attempt, result, branch, finished_at, duration
        FROM build WHERE {builds}
    ), again AS (
        SELECT provider, instance, build_id, max(attempt) AS last FROM chosen WHERE attempt > 1
        GROUP BY provider, instance, build_id
    ), last_attempts AS (
        SELECT result, branch, finished_at, duration
        FROM chosen LEFT JOIN again USING (provider, instance, build_id)
        WHERE last IS NULL OR attempt = last
    )
"""
