"""Findings that are kept, their alerts, and what became of both since the last look."""
