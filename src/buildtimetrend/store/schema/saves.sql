-- Version 16. A save leaves one row: other processes learn by it which repo has a new build, and its pipeline is to be
-- looked at for as long as `since` is there. Numbers are given before a commit: a lower one may be seen later than a
-- higher one, or never.

DROP TABLE saved_build;
CREATE TABLE saved_build (
    number BIGINT NOT NULL DEFAULT nextval('saved_build_number'),
    repo_id INTEGER NOT NULL,
    pipeline BIGINT NOT NULL,
    since TIMESTAMPTZ,              -- nothing changed in builds that ended before; null: nothing is to be looked at
    saved_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO saved_build (repo_id, pipeline, since) SELECT repo_id, pipeline, since FROM changed_pipeline;
DROP TABLE changed_pipeline;
