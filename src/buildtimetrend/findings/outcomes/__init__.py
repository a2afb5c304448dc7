"""Findings of how builds end, not of how long they take: budgets, flaky jobs, how often builds pass."""
