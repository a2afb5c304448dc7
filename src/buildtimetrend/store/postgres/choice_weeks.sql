-- What PostgreSQL has besides.
CREATE INDEX choice_week_key ON choice_week (repo_id, week);

ALTER TABLE choice_week REPLICA IDENTITY FULL;
