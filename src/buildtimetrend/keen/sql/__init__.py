"""Queries as SQL that every engine runs, over the events that clients write and over our own tables."""
