-- Version 13. Rules of alerts that people set on a project's page. With Citus they stay on the coordinator.

-- Each change, by whom; the last one of a channel holds. Of two at the same time the second stores nothing: the
-- number is taken.
CREATE TABLE alert_rules (
    repo_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    number INTEGER NOT NULL,        -- from 1
    rules TEXT NOT NULL,            -- JSON: by name those that differ from the settings; none: all as there
    "at" TIMESTAMPTZ NOT NULL,
    "by" TEXT NOT NULL,
    why TEXT,
    PRIMARY KEY (repo_id, channel, number)
);
