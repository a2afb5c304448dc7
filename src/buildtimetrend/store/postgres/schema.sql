-- Version 1, what PostgreSQL has besides. repo_id leads every key, so that Citus can spread the tables by it.
-- CIs' ids come before the CI: they tell more apart.

ALTER TABLE build ADD PRIMARY KEY (repo_id, build_id, attempt, provider, instance);
ALTER TABLE job ADD PRIMARY KEY (repo_id, build_id, attempt, job_id, provider, instance);
ALTER TABLE step ADD PRIMARY KEY (repo_id, job_key, position);

CREATE INDEX build_finished ON build (repo_id, finished_at);
CREATE INDEX build_number ON build (repo_id, number);
CREATE INDEX job_finished ON job (repo_id, finished_at);
CREATE INDEX delivery_received ON delivery (received_at);
CREATE INDEX task_due ON task (due_at) WHERE state IN ('waiting', 'running');
CREATE INDEX task_finished ON task (finished_at);
CREATE INDEX task_import ON task (import_id);

-- Each process takes that many keys of jobs at a time.
CREATE SEQUENCE job_keys INCREMENT BY 1000;

-- Processes remember repos and aliases for as long as this stays the same. Who changes them holds its row.
CREATE TABLE repo_version (version BIGINT NOT NULL);
INSERT INTO repo_version VALUES (0);
