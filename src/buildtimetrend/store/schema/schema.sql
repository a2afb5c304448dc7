-- Version 1. One text for every engine. Instants are TIMESTAMPTZ in UTC, durations seconds.
-- repo_id leads every key: a rename changes one row, and an engine that spreads over machines shards by it.

CREATE TABLE repo (
    id INTEGER NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL          -- as last reported; unique without regard to case
);

-- What leads to a repo: each CI's own id, which survives a rename, and every slug that it ever had, the present one
-- too. Slugs are in lower case and belong to no CI: look one up with kind = 'slug' AND alias = lower($slug).
CREATE TABLE repo_alias (
    provider TEXT NOT NULL,     -- empty for a slug
    instance TEXT NOT NULL,     -- empty for a slug
    kind TEXT NOT NULL,         -- 'ci_id' or 'slug'
    alias TEXT NOT NULL,
    repo_id INTEGER NOT NULL,
    PRIMARY KEY (provider, instance, kind, alias)
);

-- Keys of the next three: (repo_id, provider, instance, build_id, attempt), the same with job_id, and
-- (repo_id, job_key, position). DuckDB's only writer keeps them unique; an engine with several writers adds indexes.
CREATE TABLE build (
    repo_id INTEGER NOT NULL,
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    build_id TEXT NOT NULL,     -- the CI's own
    attempt INTEGER NOT NULL,   -- from 1
    number TEXT NOT NULL,
    result TEXT,
    raw_result TEXT NOT NULL,
    branch TEXT,
    tag TEXT,
    commit_id TEXT,
    message TEXT,
    author TEXT,
    "trigger" TEXT,
    pull_request TEXT,
    pull_request_title TEXT,
    url TEXT,
    queued_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    duration DOUBLE PRECISION   -- wall time
);

-- branch, "trigger" and build_number repeat the build's: every chart filters by them.
CREATE TABLE job (
    repo_id INTEGER NOT NULL,
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    build_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    job_id TEXT NOT NULL,       -- the CI's own
    job_key BIGINT NOT NULL,    -- ours, ascending: what steps refer to
    build_number TEXT NOT NULL,
    number TEXT,
    name TEXT,
    stage TEXT,
    result TEXT,
    raw_result TEXT NOT NULL,
    branch TEXT,
    "trigger" TEXT,
    allow_failure BOOLEAN NOT NULL,
    queued_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    duration DOUBLE PRECISION,
    queue_time DOUBLE PRECISION,
    matrix TEXT NOT NULL,       -- its one-line summary
    matrix_values TEXT NOT NULL, -- JSON object
    language TEXT,
    os TEXT,
    worker_hostname TEXT,
    worker_instance TEXT,
    worker_facts TEXT NOT NULL, -- JSON object: all else that the worker says
    boot_time DOUBLE PRECISION,
    exit_reason TEXT,
    exit_code BIGINT,           -- Windows has codes beyond 31 bits
    exit_command TEXT,
    exit_phase TEXT,
    exit_message TEXT,
    log_state TEXT NOT NULL
);

CREATE TABLE step (
    repo_id INTEGER NOT NULL,
    job_key BIGINT NOT NULL,
    position INTEGER NOT NULL,  -- order in the log, from 1
    name TEXT NOT NULL,
    phase TEXT NOT NULL,
    command TEXT,
    depth INTEGER NOT NULL,     -- enclosing steps: sums take depth 0 only
    started_at TIMESTAMPTZ NOT NULL,
    duration DOUBLE PRECISION NOT NULL
);

CREATE TABLE delivery (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    repo TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL,
    payload TEXT NOT NULL
);

CREATE TABLE import (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    repo TEXT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE task (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    repo TEXT NOT NULL,
    build_id TEXT,
    number TEXT,
    origin TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    reason TEXT,
    import_id TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ
);
