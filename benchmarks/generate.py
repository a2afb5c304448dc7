"""A large store, generated: 50 repos, two years, one repo with a fifth of all jobs or another share; seeded.

Rows lie in the order in which a service would have stored them: by time, all repos mixed. They are made
inside DuckDB, in the schema that `open_store` creates; chance comes from hashes of keys, so that threads do
not matter.

    python -m benchmarks.generate [--jobs 1000000] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from buildtimetrend.store import open_store
from buildtimetrend.store.reads import number_of
from buildtimetrend.store.schema import migrations
from buildtimetrend.store.statements.summaries import summarise

JOBS = 1_000_000
REPOS = 50
WEEKS = 104
BUSIEST_PIPELINE = "pipeline-1"  # of each repo, by its key
BIGGEST = "company/product"
SHARE = 0.2  # of all jobs that the biggest repo has


def large_store(jobs: int = JOBS, seed: int = 1, until: datetime | None = None, share: float = SHARE) -> Path:
    """The file of a store of about so many jobs, whose history ends at `until` (else today at 0:00 UTC).

    It stays in BTT_BENCH_DIR, or the system's folder for temporary files, for the other benchmarks of the
    day: work on a copy.
    """
    until = until or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    folder = Path(os.environ.get("BTT_BENCH_DIR") or Path(tempfile.gettempdir(), "buildtimetrend-bench"))
    folder.mkdir(parents=True, exist_ok=True)
    name = f"store-v{len(migrations.MIGRATIONS)}-{jobs}-{share:g}-{seed}-{until:%Y%m%d}.duckdb"
    file = folder / name
    if not file.exists():
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            made = Path(unfinished, file.name)
            generate(made, jobs, seed, until, share)
            made.replace(file)
    return file


def generate(file: Path, jobs: int, seed: int, until: datetime, share: float = SHARE) -> None:
    """Make a new store in `file`, of whose jobs the biggest repo has that share."""
    open_store(f"duckdb:///{file}").close()
    values = {
        "jobs": jobs,
        "repos": REPOS,
        "weeks": WEEKS,
        "biggest": BIGGEST,
        "share": share,
        "until": until,
    }
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(_CHANCE.replace("{seed}", str(int(seed))))
        for sql in (_PLAN, _REPO, _ALIAS, _PIPELINE, _BUILDS, _JOBS, _BUILD, _JOB, _STEP, CHANGED):
            connection.execute(sql, {name: value for name, value in values.items() if f"${name}" in sql})
        connection.execute("CHECKPOINT")
    with closing(open_store(f"duckdb:///{file}")) as store:
        summarise(store, until + timedelta(days=1))


# For a key and a purpose: uniform in [0, 1), and normal.
_CHANCE = """
    CREATE TEMP MACRO chance(key, purpose) AS (hash(key, purpose, {seed}) >> 11) / 9007199254740992.0;
    CREATE TEMP MACRO normal(key, purpose) AS
        sqrt(-2 * ln(1 - chance(key, purpose))) * cos(2 * pi() * chance(key, purpose || '.'));
"""
# Per repo: number of builds, entries in its matrix, typical seconds of a job.
_PLAN = """
    CREATE TEMP TABLE plan AS
    WITH repos AS (
        SELECT CAST(unnest(range(1, $repos + 1)) AS INTEGER) AS id
    ), shares AS (
        SELECT id, CASE WHEN id = 1 THEN 4 ELSE 1 + id % 8 END AS entries,
               CASE WHEN id = 1 THEN $share
                    ELSE (1 - $share) / id / sum(1 / id) FILTER (WHERE id > 1) OVER () END AS share
        FROM repos
    )
    SELECT id, entries, CAST(greatest(1, round($jobs * share / entries / 1.02)) AS BIGINT) AS builds,
           120 * exp(0.8 * normal(id, 'typical')) AS seconds,
           ['python', 'ruby', 'node_js', 'java', 'php', 'go'][1 + id % 6] AS language
    FROM shares
"""
_REPO = """
    INSERT INTO repo (id, slug)
    SELECT id, CASE WHEN id = 1 THEN $biggest ELSE 'owner' || id % 9 || '/repo' || id END FROM plan
"""
_ALIAS = "INSERT INTO repo_alias SELECT '', '', 'slug', lower(slug), id FROM repo"
# Each repo has five pipelines, the first with most of the builds; each numbers its own.
_PIPELINE = """
    INSERT INTO pipeline
    SELECT id, 100 + part, 'travis', 'https://api.travis-ci.com', 'pipeline-' || part, NULL, NULL, $until
    FROM plan, range(1, 6) AS parts(part)
"""
# A week has five busy days and a quiet weekend; a day is busiest at 14:00. One build in fifty runs twice.
_BUILDS = """
    CREATE TEMP TABLE builds AS
    WITH drawn AS (
        SELECT plan.*, hash(id, n) AS key, (n - chance(hash(id, n), 'week')) / builds * $weeks AS week
        FROM plan, range(1, builds + 1) AS numbers(n)
    ), placed AS (
        SELECT *, week % 1 * 5.5 AS load,
               CASE WHEN load < 5 THEN floor(load) ELSE 5 + floor((load - 5) * 4) END AS weekday,
               (weekday + 8 - isodow(CAST($until AS TIMESTAMPTZ))) % 7 AS day,
               (24 + 14 + 4 * normal(key, 'hour')) % 24 AS hour
        FROM drawn
    ), timed AS (
        SELECT *, CAST($until AS TIMESTAMPTZ) - CAST($weeks - floor(week) AS INTEGER) * INTERVAL '7 days'
                  + (day * 86400 + hour * 3600) * INTERVAL '1 second' AS pushed_at
        FROM placed
    ), numbered AS (
        SELECT *, 101 + CAST(floor(5 * pow(chance(key, 'pipeline'), 2)) AS BIGINT) AS pipeline,
               row_number() OVER (PARTITION BY id, pipeline ORDER BY pushed_at, key) AS number,
               unnest(CASE WHEN chance(key, 'again') < 0.02 THEN [1, 2] ELSE [1] END) AS attempt
        FROM timed
    )
    SELECT id AS repo_id, pipeline, entries, seconds, language, key, number, attempt,
           chance(key, 'trigger') AS lot,
           CASE WHEN lot < 0.3 THEN 'pull_request' WHEN lot < 0.95 THEN 'push' ELSE 'cron' END AS trigger,
           CASE WHEN lot < 0.3 OR lot > 0.95 OR chance(key, 'branch') < 0.6 THEN 'main'
                ELSE 'feature/' || CAST(number // 40 + floor(3 * chance(key, 'feature')) AS INTEGER)
                END AS branch,
           date_trunc('second', pushed_at) + (attempt - 1) * INTERVAL '90 minutes' AS queued_at
    FROM numbered
"""
_JOBS = """
    CREATE TEMP TABLE jobs AS
    WITH entered AS (
        SELECT *, unnest(range(1, entries + 1)) AS entry FROM builds
    ), drawn AS (
        SELECT * EXCLUDE (lot), hash(key, entry, attempt) AS job, chance(job, 'result') AS lot,
               round(2 - 30 * ln(1 - chance(job, 'queue'))) AS queue_time,
               seconds * (0.8 + 0.2 * entry) * exp(0.25 * normal(job, 'duration')) AS usual
        FROM entered
    ), ended AS (
        SELECT *, CASE WHEN lot < 0.86 THEN 'passed' WHEN lot < 0.94 THEN 'failed'
                       WHEN lot < 0.97 THEN 'errored' ELSE 'canceled' END AS result,
               CASE WHEN lot < 0.86 THEN 1 ELSE 0.2 + 0.8 * chance(job, 'stop') END AS part,
               round(usual * part) AS duration,
               queued_at + queue_time * INTERVAL '1 second' AS started_at,
               started_at + duration * INTERVAL '1 second' AS finished_at
        FROM drawn
    )
    SELECT *, CAST(repo_id * 10000000 + (pipeline - 101) * 2000000 + number AS TEXT) AS build_id,
           row_number() OVER (ORDER BY finished_at, repo_id, pipeline, number, attempt, entry) AS job_key
    FROM ended
"""
_BUILD = """
    INSERT INTO build BY NAME
    WITH builds AS (
        SELECT repo_id, pipeline, build_id, number, attempt, key, branch, trigger, queued_at,
               min(started_at) AS started_at, max(finished_at) AS finished_at,
               CASE WHEN bool_or(result = 'canceled') THEN 'canceled'
                    WHEN bool_or(result = 'errored') THEN 'errored'
                    WHEN bool_or(result = 'failed') THEN 'failed' ELSE 'passed' END AS result
        FROM jobs GROUP BY ALL
    )
    SELECT * EXCLUDE (key) REPLACE (CAST(number AS TEXT) AS number), 'travis' AS provider,
           'https://api.travis-ci.com' AS instance, result AS raw_result, md5(CAST(key AS TEXT)) AS commit_id,
           'Change ' || number AS message, 'author' || key % 20 AS author,
           CASE WHEN trigger = 'pull_request' THEN CAST(number // 3 AS TEXT) END AS pull_request,
           epoch(finished_at) - epoch(started_at) AS duration
    FROM builds ORDER BY finished_at, repo_id, pipeline, builds.number, attempt
"""
_JOB = """
    INSERT INTO job BY NAME
    SELECT repo_id, pipeline, 'travis' AS provider, 'https://api.travis-ci.com' AS instance, build_id,
           attempt, CAST(CAST(build_id AS BIGINT) * 10 + entry AS TEXT) AS job_id, job_key,
           CAST(jobs.number AS TEXT) AS build_number, jobs.number || '.' || entry AS number,
           result, result AS raw_result, branch, trigger, false AS allow_failure,
           queued_at, started_at, finished_at, duration, queue_time,
           language || ' ' || entry || '.0 linux' AS matrix,
           '{"language": "' || language || '", "version": "' || entry || '.0"}' AS matrix_values,
           language, 'linux' AS os, 'worker-' || job % 40 AS worker_hostname,
           '{"dist": "jammy"}' AS worker_facts, 'done' AS exit_reason,
           CASE WHEN result = 'passed' THEN 0 ELSE 1 END AS exit_code, 'complete' AS log_state
    FROM jobs ORDER BY job_key
"""
# Twelve steps a job; shares add up to 1 without the fifth, which lies within the fourth. Commands differ
# between the odd and the even entries of the matrix, so that a repo has 24. Durations are whole nanoseconds,
# as in logs.
_STEP = """
    INSERT INTO step BY NAME
    WITH positions AS (
        SELECT *, CAST(unnest(range(1, 13)) AS INTEGER) AS position FROM job
    ), placed AS (
        SELECT *,
               position || CASE WHEN right(number, 1) IN ('2', '4', '6', '8') THEN 'b' ELSE '' END AS place,
               [0.02, 0.03, 0.05, 0.2, 0.1, 0.05, 0.1, 0.35, 0.1, 0.05, 0.03, 0.02][position] AS share,
               [0, 0.02, 0.05, 0.1, 0.12, 0.3, 0.35, 0.45, 0.8, 0.9, 0.95, 0.98][position] AS start,
               ['setup', 'checkout', 'before_install', 'install', 'install', 'before_script',
                'before_script', 'script', 'script', 'after_success', 'after_script', 'cache'][position]
               AS phase,
               0.7 + 0.3 * chance(job_key * 100 + position, 'step') AS part
        FROM positions
    )
    SELECT repo_id, job_key, position,
           phase || '.' || position AS name, phase, 'make ' || phase || '-' || place AS command,
           phase || ': make ' || phase || '-' || place AS key,
           CASE WHEN position = 5 THEN 1 ELSE 0 END AS depth,
           started_at + duration * start * INTERVAL '1 second' AS started_at,
           CAST(duration * share * part * 1e9 AS BIGINT) / 1e9 AS duration
    FROM placed
"""
# As saves note it; also PostgreSQL's.
CHANGED = f"INSERT INTO changed_day SELECT DISTINCT repo_id, {number_of('finished_at', '86400')} FROM job"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(large_store(arguments.jobs, arguments.seed))


if __name__ == "__main__":
    main()
