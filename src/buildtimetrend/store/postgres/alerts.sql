-- What PostgreSQL has besides.
CREATE INDEX changed_pipeline_key ON changed_pipeline (repo_id, pipeline);
CREATE INDEX finding_of ON finding (repo_id, since_at);
CREATE INDEX notification_due ON notification (due_at) WHERE sent_at IS NULL AND refused_at IS NULL;
