-- Version 12. What changed for good, and who is told of it. With Citus these tables stay on the coordinator: findings are
-- few, and what is told of one is stored in one transaction with it.

-- Pipelines of which a build was saved since they were looked at: a row for each save, by its transaction. It is taken
-- off by its id, which is random, so that no order of commits can lose one.
CREATE TABLE changed_pipeline (
    id BIGINT NOT NULL,
    repo_id INTEGER NOT NULL,
    pipeline BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL      -- nothing changed in builds that ended before
);
INSERT INTO changed_pipeline
SELECT id, repo_id, id, CAST('1970-01-01 00:00:00+00' AS TIMESTAMPTZ) FROM pipeline;

CREATE TABLE analysis (
    repo_id INTEGER NOT NULL,
    pipeline BIGINT NOT NULL,
    branches TEXT NOT NULL,         -- whose builds are looked at: 'default' or 'all'; empty: not known yet
    changed_since TIMESTAMPTZ,      -- builds that ended since then are to be looked at; null: none
    due_at TIMESTAMPTZ NOT NULL,    -- not before
    claim TEXT,                     -- of who looks at it; random
    claimed_until TIMESTAMPTZ,
    began_at TIMESTAMPTZ,           -- when it was looked at first
    analysed_at TIMESTAMPTZ,        -- when last
    builds INTEGER,                 -- how many were looked at
    first_began_at TIMESTAMPTZ,     -- and when the first of them began
    state TEXT,                     -- JSON: the level of each series, and what follows the next build needs
    PRIMARY KEY (repo_id, pipeline)
);

CREATE TABLE finding (
    id TEXT NOT NULL PRIMARY KEY,
    repo_id INTEGER NOT NULL,
    pipeline BIGINT NOT NULL,
    branches TEXT NOT NULL,
    what TEXT NOT NULL,             -- step, waiting, job or wall
    thing TEXT NOT NULL,            -- the step's key; of jobs their names
    seconds DOUBLE PRECISION NOT NULL, -- how much longer it takes
    since_at TIMESTAMPTZ NOT NULL,  -- when the build began that is most likely the first
    first_at TIMESTAMPTZ NOT NULL,  -- when those began between which it is with 95 %
    last_at TIMESTAMPTZ NOT NULL,
    over_at TIMESTAMPTZ,            -- when the build began from which on it is as before
    found_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,   -- when it was found last
    withdrawn_at TIMESTAMPTZ,       -- when later builds did not bear it out
    document TEXT NOT NULL,         -- JSON, as the API answers with it
    known TEXT NOT NULL             -- JSON: what the next look needs of it
);

-- A finding that somebody is told about.
CREATE TABLE alert (
    finding TEXT NOT NULL PRIMARY KEY,
    repo_id INTEGER NOT NULL,
    state TEXT NOT NULL,            -- open, acknowledged, muted, fixed or wont_fix
    events INTEGER NOT NULL,        -- the number of the last one
    opened_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- Its life. Of two that change an alert at the same time the second stores nothing: the number is taken.
CREATE TABLE alert_event (
    finding TEXT NOT NULL,
    number INTEGER NOT NULL,        -- from 1
    repo_id INTEGER NOT NULL,
    event TEXT NOT NULL,            -- opened, acknowledged, muted, fixed, wont_fix or reopened
    "at" TIMESTAMPTZ NOT NULL,
    "by" TEXT,                      -- null: by itself
    why TEXT,
    PRIMARY KEY (finding, number)
);

-- What is still to be sent of it, to whom; stored with its event.
CREATE TABLE notification (
    finding TEXT NOT NULL,
    number INTEGER NOT NULL,        -- of the event
    channel TEXT NOT NULL,
    repo_id INTEGER NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,    -- not before: until then another sender has it
    tries INTEGER NOT NULL,
    reason TEXT,                    -- why the last try failed
    sent_at TIMESTAMPTZ,
    refused_at TIMESTAMPTZ,         -- when it was given up
    PRIMARY KEY (finding, number, channel)
);

CREATE TABLE channel_state (
    channel TEXT NOT NULL PRIMARY KEY,
    off_since TIMESTAMPTZ,
    reason TEXT,
    settings TEXT NOT NULL          -- a fingerprint: a change switches it on again
);
