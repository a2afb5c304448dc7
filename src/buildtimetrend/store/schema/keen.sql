-- Version 4. What clients write by Keen's protocol: events whole, and their properties one by one, so that plain SQL
-- answers queries on every engine. Keys are (collection), (collection, id), (collection, id, path) and (name).

CREATE TABLE keen_collection (
    name TEXT NOT NULL PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE keen_event (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL, -- what timeframes are about: the client's, or when it came
    created_at TIMESTAMPTZ NOT NULL,
    body TEXT NOT NULL              -- JSON, without id and times
);

CREATE TABLE keen_leaf (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    path TEXT NOT NULL,             -- of the property, with dots
    number DOUBLE PRECISION,        -- of a number
    "text" TEXT,                    -- of a string
    literal TEXT,                   -- its canonical JSON; none for an object
    items TEXT                      -- of an array: the canonical JSON of each, between U+001F
);

CREATE TABLE keen_saved_query (
    name TEXT NOT NULL PRIMARY KEY,
    definition TEXT NOT NULL,       -- JSON
    refresh_rate BIGINT NOT NULL,   -- seconds
    metadata TEXT NOT NULL,         -- JSON
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
