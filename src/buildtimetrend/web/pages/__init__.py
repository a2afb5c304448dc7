"""Pages for people, one file each. What they show is also under `/api/v1`."""
