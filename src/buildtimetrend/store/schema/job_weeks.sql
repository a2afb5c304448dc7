-- Version 19. How many jobs of a week have a duration that counts when nothing is filtered: steps are told per job.

CREATE TABLE job_week (
    repo_id INTEGER NOT NULL,
    week INTEGER NOT NULL,          -- counted from 5 January 1970
    pipeline BIGINT,
    jobs BIGINT NOT NULL
);

-- What is stored already is counted in the background, as in version 18.
INSERT INTO path_day
SELECT DISTINCT repo_id,
       CAST(floor((CAST(extract(epoch FROM finished_at) AS DOUBLE PRECISION) - 345600) / 86400) AS INTEGER)
FROM job WHERE finished_at IS NOT NULL;
