-- Steps are summed up by their keys (buildtimetrend/steps), not by their names. What each engine does with the table
-- of steps itself is in its own step_keys.py. Of steps that were dropped the names alone are known.

ALTER TABLE step_day RENAME COLUMN name TO key;
UPDATE step_day SET key = phase || ': ' || key WHERE phase <> '';
ALTER TABLE step_week RENAME COLUMN name TO key;
UPDATE step_week SET key = phase || ': ' || key WHERE phase <> '';

-- All other sums are made anew.
INSERT INTO changed_day
SELECT DISTINCT repo_id,
       CAST(floor((CAST(extract(epoch FROM finished_at) AS DOUBLE PRECISION) - 345600) / 86400) AS INTEGER)
FROM job WHERE finished_at IS NOT NULL;
