-- What PostgreSQL has besides. Most charts find all that they ask of jobs and builds in these indexes. Text
-- that may be long is not in them: an entry has 2.7 kB, and a job that is refused would be lost.

DROP INDEX job_finished;
CREATE INDEX job_finished ON job (repo_id, finished_at)
    INCLUDE (result, duration, queue_time, started_at, log_state);
DROP INDEX build_finished;
CREATE INDEX build_finished ON build (repo_id, finished_at)
    INCLUDE (result, duration, provider, instance, build_id, attempt);

CREATE INDEX step_day_key ON step_day (repo_id, day);
CREATE INDEX step_week_key ON step_week (repo_id, week);
CREATE INDEX changed_day_key ON changed_day (repo_id, day);
ALTER TABLE dropped_job ADD PRIMARY KEY (repo_id, build_id, attempt, job_id, provider, instance);
