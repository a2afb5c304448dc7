-- Version 18. What filters can be set to: the values that builds and jobs which ended in a week have, counted from 5 January
-- 1970. A row has one of them, by the filter's column; charts' pages ask for a year of them.

CREATE TABLE choice_week (
    repo_id INTEGER NOT NULL,
    week INTEGER NOT NULL,
    pipeline BIGINT,
    name TEXT,                      -- of a job
    matrix TEXT,
    result TEXT,
    "trigger" TEXT,
    branch TEXT
);

-- What is stored already is summed up with paths, in the background: until then its rows are read.
INSERT INTO path_day
SELECT DISTINCT repo_id,
       CAST(floor((CAST(extract(epoch FROM finished_at) AS DOUBLE PRECISION) - 345600) / 86400) AS INTEGER)
FROM (SELECT repo_id, finished_at FROM job UNION ALL SELECT repo_id, finished_at FROM build) AS ended
WHERE finished_at IS NOT NULL;
