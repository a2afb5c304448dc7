-- Version 15. Until when a sender has a notification, beside when it is due: what was put off is told from what a process
-- had taken that was killed.

ALTER TABLE notification ADD COLUMN claimed_until TIMESTAMPTZ;
