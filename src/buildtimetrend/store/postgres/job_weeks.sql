-- What PostgreSQL has besides.
CREATE INDEX job_week_key ON job_week (repo_id, week);

ALTER TABLE job_week REPLICA IDENTITY FULL;
