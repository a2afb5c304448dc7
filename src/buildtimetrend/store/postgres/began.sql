-- A build's page finds those that began before and after it.
CREATE INDEX build_began ON build (repo_id, coalesce(queued_at, started_at, finished_at));
-- A sweep asks for jobs that still ran: few, so a small index.
CREATE INDEX job_unfinished ON job (repo_id, started_at) WHERE result IS NULL;
