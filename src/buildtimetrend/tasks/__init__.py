"""When and where builds are collected: threads inside the service. What is done is `ingest`'s."""

from buildtimetrend.tasks.threads import ThreadTasks

__all__ = ["ThreadTasks"]
