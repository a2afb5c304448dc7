-- What is still to be sent to Keen.io, and what it has.

CREATE TABLE keen_outbox (
    id TEXT NOT NULL PRIMARY KEY,   -- the next three in one
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    build_id TEXT NOT NULL,         -- the CI's own
    repo TEXT NOT NULL,             -- its slug when the build was saved
    saved_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ              -- not before: until then another sender has it
);

CREATE TABLE keen_sent (
    event_id TEXT NOT NULL PRIMARY KEY, -- of a job's event, which its substages go with
    sent_at TIMESTAMPTZ NOT NULL
);
