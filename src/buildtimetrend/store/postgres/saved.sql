CREATE UNIQUE INDEX saved_build_key ON saved_build (number);
