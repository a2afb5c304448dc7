"""Moves that belong together, and the one that explains the others: the cause of a finding."""
