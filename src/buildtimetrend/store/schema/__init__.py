"""The tables, version by version, and what fills those that a version adds from what was stored before."""
