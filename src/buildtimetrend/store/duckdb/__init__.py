"""The embedded engine: DuckDB, one file, owned by one process."""
