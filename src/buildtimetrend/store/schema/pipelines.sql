-- Version 10. What a build is a run of, and what CI systems tell besides (model.py says what each is). `pipeline` is that
-- of a row of `pipeline`; each engine fills it in what is stored, as pipeline_ids.py says.

CREATE TABLE pipeline (
    repo_id INTEGER NOT NULL,
    id BIGINT NOT NULL,         -- follows from the next three
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    key TEXT NOT NULL,          -- the CI's own, empty where a repo has just one
    name TEXT,                  -- the latest one, if not as its key
    url TEXT,
    named_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (repo_id, id)
);

ALTER TABLE repo ADD COLUMN host TEXT;  -- code host, such as github.com; null or empty if not known

ALTER TABLE build ADD COLUMN pipeline BIGINT;
ALTER TABLE build ADD COLUMN details TEXT;      -- JSON object: what no query asks for (columns.py)

ALTER TABLE job ADD COLUMN pipeline BIGINT;
ALTER TABLE job ADD COLUMN blocked_time DOUBLE PRECISION;
ALTER TABLE job ADD COLUMN details TEXT;        -- JSON object

-- A step that did not run has neither.
ALTER TABLE step ALTER COLUMN started_at DROP NOT NULL;
ALTER TABLE step ALTER COLUMN duration DROP NOT NULL;
ALTER TABLE step ADD COLUMN result TEXT;
ALTER TABLE step ADD COLUMN number BIGINT;

ALTER TABLE step_day ADD COLUMN pipeline BIGINT;
ALTER TABLE step_day ADD COLUMN job TEXT;       -- its name
ALTER TABLE step_week ADD COLUMN pipeline BIGINT;

ALTER TABLE task ADD COLUMN attempt BIGINT;
ALTER TABLE import ADD COLUMN instance TEXT;
ALTER TABLE import ADD COLUMN selection TEXT;   -- what is asked for, in words, if not numbers
ALTER TABLE delivery ADD COLUMN instance TEXT;
