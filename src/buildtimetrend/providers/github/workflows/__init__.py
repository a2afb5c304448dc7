"""Workflow files: what a run's jobs needed, and which of their definitions each is.

The API names jobs as people see them, a file by ids; `needs` stands in the file alone.
"""
