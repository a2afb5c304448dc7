-- The outbox in the order in which it is sent.

CREATE INDEX keen_outbox_saved ON keen_outbox (saved_at);
