-- What PostgreSQL has besides. Charts find all that they ask of jobs and builds in these indexes; text in them is
-- cut to a length when it is stored.

DROP INDEX job_finished;
CREATE INDEX job_finished ON job (repo_id, finished_at)
    INCLUDE (result, duration, queue_time, started_at, matrix, branch, "trigger", log_state);
DROP INDEX build_finished;
CREATE INDEX build_finished ON build (repo_id, finished_at)
    INCLUDE (result, duration, branch, "trigger", provider, instance, build_id, attempt);

-- Small, and cheap to keep: most rows are stored in the order of time.
CREATE INDEX step_started ON step USING brin (started_at) WITH (autosummarize = on);
-- What ended lately, of all repos. With a condition that always holds, and that only such questions name: the planner
-- would take these for a big repo's charts, too, which its own index answers faster.
CREATE INDEX build_recent ON build USING brin (finished_at) WITH (pages_per_range = 32, autosummarize = on)
    WHERE attempt > 0;
CREATE INDEX job_recent ON job USING brin (finished_at) WITH (pages_per_range = 32, autosummarize = on)
    WHERE log_state <> '';

CREATE INDEX step_day_key ON step_day (repo_id, day);
CREATE INDEX step_week_key ON step_week (repo_id, week);
CREATE INDEX changed_day_key ON changed_day (repo_id, day);
ALTER TABLE dropped_job ADD PRIMARY KEY (repo_id, build_id, attempt, job_id, provider, instance);

-- Citus moves rows to another machine by logical replication, which has to know them apart.
ALTER TABLE step_day REPLICA IDENTITY FULL;
ALTER TABLE step_week REPLICA IDENTITY FULL;
ALTER TABLE changed_day REPLICA IDENTITY FULL;
