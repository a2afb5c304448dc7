"""When and where builds are collected: threads inside the service. What is done is `ingest`'s."""

from buildtimetrend.tasks.retries import Retries
from buildtimetrend.tasks.summaries import Summaries
from buildtimetrend.tasks.threads import ThreadTasks

__all__ = ["Retries", "Summaries", "ThreadTasks"]
