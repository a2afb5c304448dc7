"""Flaky jobs, and what worker time was spent on that came to nothing: pure, on runs of jobs."""
