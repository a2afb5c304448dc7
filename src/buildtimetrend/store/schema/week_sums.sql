-- Version 14. Where several pipelines of a repo ran a step in a week, one row more has the sums of all of them: its
-- `pipeline` is null. What filters by nothing reads that one in their place.

ALTER TABLE step_week ADD COLUMN in_sum BOOLEAN DEFAULT FALSE;  -- there is such a row, and this one is in it

UPDATE step_week SET in_sum = TRUE
WHERE (repo_id, week, key) IN (
    SELECT repo_id, week, key FROM step_week GROUP BY repo_id, week, key HAVING count(*) > 1
);
