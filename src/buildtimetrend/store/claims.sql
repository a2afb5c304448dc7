-- Version 2. Several processes may work at the tasks: who has one, and until when; when its message was last sent.

ALTER TABLE task ADD COLUMN claimed_until TIMESTAMPTZ;
ALTER TABLE task ADD COLUMN sent_at TIMESTAMPTZ;
