"""Worker time by week, job and runner, and what came of it."""

from __future__ import annotations

from dataclasses import replace

import orjson

from buildtimetrend import json_text
from buildtimetrend.model import Query
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.branches import IS_PULL
from buildtimetrend.store.reads.filters import FAILED, RAN_AGAIN, ask
from buildtimetrend.waste.runs import called
from buildtimetrend.waste.spent import Spent


def spent(store: Store, query: Query) -> list[Spent]:
    """Of the jobs that ended in the range and pass the filters. A job without labels is known by its
    operating system. It is of the first kind that holds of it: `canceled`; `repeated`: it ran before in the
    range on the same commit, in the same pipeline; `superseded`: a newer build of the same branch, or pull
    request, of that pipeline began before its own build ended; `failed`; else `useful`.
    """
    return [
        Spent(
            week=row["bucket"],
            job=called(row["name"], row["matrix"]),
            labels=_labels(row["labels"]) or ((row["os"],) if row["os"] else ()),
            kind=row["kind"],
            jobs=row["jobs"],
            seconds=row["seconds"],
        )
        for row in rows(ask(store, replace(query, interval="week"), _SPENT))
    ]


def _labels(text: str | None) -> tuple[str, ...]:
    """Of what stands between the brackets of a list in JSON."""
    try:
        return tuple(str(label) for label in json_text.loads(f"[{text}]")) if text else ()
    except orjson.JSONDecodeError:
        return ()


# Columns of the row would make each commit longer: labels are cut out of the JSON object of `details`.
_MARK = '"worker_labels":['
_LIST = f"substring(details, strpos(details, '{_MARK}') + {len(_MARK)})"
_LABELS = f"CASE WHEN strpos(details, '{_MARK}') > 0 THEN substring({_LIST}, 1, strpos({_LIST}, '\"]')) END"
_BUILD = "provider, instance, build_id, attempt"
# Parallel jobs of one name are one place of the order: only what ran later ran again.
_SPENT = f"""
    WITH runs AS (
        SELECT {_BUILD}, coalesce(pipeline, 0) AS of_pipeline, coalesce(commit_id, build_id) AS commit_id,
            {IS_PULL} AS is_pull,
            coalesce(CASE WHEN {IS_PULL} THEN pull_request END, branch, '') AS line,
            coalesce(started_at, finished_at) AS began_at, finished_at AS ended_at,
            min(coalesce(started_at, finished_at)) OVER (PARTITION BY provider, instance, build_id) AS first_at
        FROM build WHERE {{builds}}
    ), followed AS (
        SELECT provider, instance, build_id, lead(first_at) OVER (
            PARTITION BY of_pipeline, is_pull, line ORDER BY first_at, build_id) AS next_at
        FROM (SELECT DISTINCT provider, instance, build_id, of_pipeline, is_pull, line, first_at FROM runs) AS once
    ), chosen AS (
        SELECT {_BUILD}, {{bucket}} AS bucket, coalesce(name, '') AS name, matrix, result, duration, os, job_key,
            {_LABELS} AS labels, {RAN_AGAIN} AS again
        FROM job WHERE {{jobs}} AND duration IS NOT NULL AND result <> 'skipped'
    ), told AS (
        SELECT bucket, name, matrix, result, duration, os, labels, next_at < ended_at AS is_superseded,
            dense_rank() OVER (
                PARTITION BY of_pipeline, runs.commit_id, is_pull, name, matrix
                ORDER BY first_at, chosen.build_id, chosen.attempt, CASE WHEN again THEN job_key ELSE 0 END
            ) AS run
        FROM chosen JOIN runs USING ({_BUILD}) JOIN followed USING (provider, instance, build_id)
    ), known AS (
        SELECT bucket, name, matrix, os, labels, duration, CASE
            WHEN result = 'canceled' THEN 'canceled'
            WHEN run > 1 THEN 'repeated'
            WHEN is_superseded THEN 'superseded'
            WHEN {FAILED} THEN 'failed'
            ELSE 'useful' END AS kind
        FROM told
    )
    SELECT bucket, name, matrix, os, labels, kind, count(*) AS jobs, sum(duration) AS seconds
    FROM known GROUP BY bucket, name, matrix, os, labels, kind
    ORDER BY bucket, name, matrix, os, labels, kind
"""  # noqa: E501, S608 - fixed text only
