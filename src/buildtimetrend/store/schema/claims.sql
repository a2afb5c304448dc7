-- Version 2. Several processes may work at the tasks: who has one, and until when; how often in a row
-- who had it said nothing any more; when its message was last sent.

ALTER TABLE task ADD COLUMN claimed_by TEXT;
ALTER TABLE task ADD COLUMN claimed_until TIMESTAMPTZ;
ALTER TABLE task ADD COLUMN silent_ends INTEGER DEFAULT 0;
ALTER TABLE task ADD COLUMN sent_at TIMESTAMPTZ;
