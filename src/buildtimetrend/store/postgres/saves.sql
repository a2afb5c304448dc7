-- What PostgreSQL has besides.
CREATE UNIQUE INDEX saved_build_key ON saved_build (number);
CREATE INDEX saved_build_marks ON saved_build (repo_id, pipeline) WHERE since IS NOT NULL;
