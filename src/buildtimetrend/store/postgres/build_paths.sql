-- What PostgreSQL has besides.
ALTER TABLE build_path ADD PRIMARY KEY (repo_id, build_id, attempt, provider, instance);
CREATE INDEX build_path_day ON build_path (repo_id, last_day);
CREATE INDEX path_day_key ON path_day (repo_id, day);

ALTER TABLE path_day REPLICA IDENTITY FULL;
