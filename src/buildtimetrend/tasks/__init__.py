"""When and where builds are collected. What is done is `ingest`'s.

Threads in the service, scheduled in memory, where the store is this process's own; else by whoever claims a
task in the store: threads of this service or of others, or Celery workers, to which a broker brings its id.
"""

from buildtimetrend.tasks.analyses import Analyses
from buildtimetrend.tasks.notifications import Notifications
from buildtimetrend.tasks.opening import open_tasks
from buildtimetrend.tasks.retries import Retries
from buildtimetrend.tasks.shared import SharedTasks
from buildtimetrend.tasks.summaries import Summaries
from buildtimetrend.tasks.threads import ThreadTasks

__all__ = ["Analyses", "Notifications", "Retries", "SharedTasks", "Summaries", "ThreadTasks", "open_tasks"]
