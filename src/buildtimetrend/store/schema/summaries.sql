-- Summaries of steps of depth 0. A day, in UTC, and a week, from Monday, are counted from 5 January 1970; a step
-- belongs to the day on which its job finished.

-- Steps that were dropped, by all that charts filter with; `durations` (s) are all of them.
CREATE TABLE step_day (
    repo_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    matrix TEXT NOT NULL,
    result TEXT NOT NULL,
    "trigger" TEXT,
    branch TEXT,
    name TEXT NOT NULL,
    phase TEXT NOT NULL,
    runs BIGINT NOT NULL,
    total DOUBLE PRECISION NOT NULL,    -- seconds
    squares DOUBLE PRECISION NOT NULL,  -- of the seconds, their sum
    durations DOUBLE PRECISION[] NOT NULL
);

-- Of all jobs whose durations count when nothing is filtered; `counts` are those of the logarithmic `bins`.
CREATE TABLE step_week (
    repo_id INTEGER NOT NULL,
    week INTEGER NOT NULL,
    name TEXT NOT NULL,
    phase TEXT NOT NULL,
    runs BIGINT NOT NULL,
    total DOUBLE PRECISION NOT NULL,
    squares DOUBLE PRECISION NOT NULL,
    bins INTEGER[] NOT NULL,
    counts BIGINT[] NOT NULL
);

-- Days that are not summed up, or not anew since a build was saved. One row for every save, by its transaction, and
-- never unique: writers do not wait for each other.
CREATE TABLE changed_day (
    repo_id INTEGER NOT NULL,
    day INTEGER NOT NULL
);
INSERT INTO changed_day
SELECT DISTINCT repo_id,
       CAST(floor((CAST(extract(epoch FROM finished_at) AS DOUBLE PRECISION) - 345600) / 86400) AS INTEGER)
FROM job WHERE finished_at IS NOT NULL;

-- Of each repo: steps of jobs that finished before that day are dropped. Also whose turn it is to summarise.
CREATE TABLE summary (
    repo_id INTEGER NOT NULL PRIMARY KEY,
    dropped_before INTEGER NOT NULL,
    summarised_at TIMESTAMPTZ NOT NULL
);

-- Jobs whose steps were dropped; `seconds` is what they took.
CREATE TABLE dropped_job (
    repo_id INTEGER NOT NULL,
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    build_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    seconds DOUBLE PRECISION    -- null until they are summed up, within the same transaction
);
