-- A build's page finds those that began before and after it.
CREATE INDEX build_began ON build (repo_id, coalesce(queued_at, started_at, finished_at));
-- A sweep asks for jobs that still ran: few, so a small index.
CREATE INDEX job_unfinished ON job (repo_id, started_at) WHERE result IS NULL;
-- Charts of one pipeline find it in the same indexes as all else.
DROP INDEX job_finished;
CREATE INDEX job_finished ON job (repo_id, finished_at)
    INCLUDE (result, duration, queue_time, started_at, matrix, branch, "trigger", log_state, pipeline);
DROP INDEX build_finished;
CREATE INDEX build_finished ON build (repo_id, finished_at)
    INCLUDE (result, duration, branch, "trigger", provider, instance, build_id, attempt, pipeline);
