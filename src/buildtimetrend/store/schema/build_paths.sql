-- Version 17. What wall time of builds went by with along their critical paths, reckoned when the day is over: charts of
-- a year read it in place of the jobs and steps of all these builds.

CREATE TABLE build_path (
    repo_id INTEGER NOT NULL,
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    build_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    first_day INTEGER NOT NULL,     -- when the first and the last of its jobs ended: while one of these days, or one
    last_day INTEGER NOT NULL,      -- between them, is a `changed_day`, this may be out of date
    jobs INTEGER NOT NULL,          -- how many it has
    last_key BIGINT NOT NULL,       -- the greatest of their keys: a save gives new ones
    path TEXT NOT NULL              -- JSON: see `critical_path/kept.py`; null where no path is known
);

-- Days of builds that were stored before there were any.
CREATE TABLE path_day (
    repo_id INTEGER NOT NULL,
    day INTEGER NOT NULL
);
INSERT INTO path_day
SELECT DISTINCT repo_id,
       CAST(floor((CAST(extract(epoch FROM finished_at) AS DOUBLE PRECISION) - 345600) / 86400) AS INTEGER)
FROM job WHERE finished_at IS NOT NULL;
