-- Which processes collect builds, and what only one of them may do at a time.

CREATE TABLE worker (
    name TEXT NOT NULL PRIMARY KEY, -- host, process id and a random part
    threads INTEGER NOT NULL,       -- builds that it collects at once
    started_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    until TIMESTAMPTZ NOT NULL
);
