"""The pipelines of what was stored before there were any: one for each CI system of a repo, without a key."""

from __future__ import annotations

from collections import Counter, defaultdict

from buildtimetrend.store.pipelines import Run, pipeline_id
from buildtimetrend.store.reads.buckets import number_of


def fill(run: Run) -> None:
    """Within the transaction of the migration."""
    for provider, instance in run(_SYSTEMS, {}):
        given = {"provider": provider, "instance": instance, "id": pipeline_id(provider, instance, "")}
        run(_ADD, given)
        for table in ("build", "job"):
            run(_OF_ROWS.format(table=table), given)
    _fill_sums(run)


def _fill_sums(run: Run) -> None:
    """Of steps that were dropped it is not known which CI system ran them, where a repo has several.

    They are taken for those of the one with most such jobs; what is there still is summed up anew.
    """
    pipelines = defaultdict(list)
    for repo_id, pipeline, provider, instance in run(
        "SELECT repo_id, id, provider, instance FROM pipeline", {}
    ):
        pipelines[repo_id].append((pipeline, provider, instance))
    dropped = Counter({tuple(row[:3]): row[3] for row in run(_DROPPED, {})})
    repos_of = defaultdict(list)
    for repo_id, found in pipelines.items():
        main = max(found, key=lambda each: (dropped[repo_id, each[1], each[2]], each))
        repos_of[main[0]].append(repo_id)
        if len(found) > 1:
            run(_MARK, {"repo_id": repo_id})
    for pipeline, repos in repos_of.items():
        ids = ", ".join(map(str, repos))
        for table in ("step_day", "step_week"):
            run(f"UPDATE {table} SET pipeline = $id WHERE repo_id IN ({ids})", {"id": pipeline})  # noqa: S608 - numbers


_SYSTEMS = "SELECT DISTINCT provider, instance FROM build ORDER BY 1, 2"
_ADD = """
    INSERT INTO pipeline (repo_id, id, provider, instance, key, named_at)
    SELECT repo_id, CAST($id AS BIGINT), provider, instance, '',
           CAST('1970-01-01 00:00:00+00' AS TIMESTAMPTZ)
    FROM build WHERE provider = $provider AND instance = $instance GROUP BY repo_id, provider, instance
"""
_OF_ROWS = "UPDATE {table} SET pipeline = $id WHERE provider = $provider AND instance = $instance"
_DROPPED = "SELECT repo_id, provider, instance, count(*) FROM dropped_job GROUP BY 1, 2, 3"
_MARK = f"""
    INSERT INTO changed_day
    SELECT DISTINCT repo_id, {number_of("finished_at", "86400")}
    FROM job WHERE repo_id = $repo_id AND finished_at IS NOT NULL
"""  # noqa: S608 - fixed text only
