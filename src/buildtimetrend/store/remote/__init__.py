"""A store that another instance keeps: writes go to it over HTTP, builds by way of an outbox on disk."""
