-- Builds that were saved lately, by which the processes that keep answers in memory learn what is out of date. Numbers are
-- given before a commit: a lower one may be seen later than a higher one, or never.

CREATE SEQUENCE saved_build_number;
CREATE TABLE saved_build (
    number BIGINT NOT NULL DEFAULT nextval('saved_build_number'),
    repo TEXT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
