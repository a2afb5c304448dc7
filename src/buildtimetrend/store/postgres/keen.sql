-- Version 4, what PostgreSQL has besides. With Citus these tables stay on the coordinator.

ALTER TABLE keen_event ADD PRIMARY KEY (collection, id);
ALTER TABLE keen_leaf ADD PRIMARY KEY (collection, id, path);
CREATE INDEX keen_event_happened ON keen_event (collection, happened_at);
