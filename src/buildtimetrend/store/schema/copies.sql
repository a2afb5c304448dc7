-- While another store is copied into this one: which parts of it are here, whole.

CREATE TABLE copied_part (
    part TEXT NOT NULL PRIMARY KEY, -- empty for the beginning
    source TEXT NOT NULL,
    copied_at TIMESTAMPTZ NOT NULL
);
