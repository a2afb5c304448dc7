"""Questions that pages, API and badges ask of a store. Answers are tables: columns by name, of one length.

All go through `Store.select`, in the SQL that engines share, so that they know no engine.
"""

from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.reads.builds import build, build_jobs, builds, job_steps, jobs, steps
from buildtimetrend.store.reads.choices import choices
from buildtimetrend.store.reads.figures import badge_figures, projects, totals
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.imports import import_tasks, imports, one_import, tasks
from buildtimetrend.store.reads.repos import RepoRow, find_repo, repo_id, repo_ids
from buildtimetrend.store.reads.statistics import Statistics, statistics

__all__ = [
    "RepoRow",
    "Statistics",
    "ask",
    "badge_figures",
    "build",
    "build_jobs",
    "builds",
    "choices",
    "find_repo",
    "import_tasks",
    "imports",
    "job_steps",
    "jobs",
    "number_of",
    "one_import",
    "projects",
    "repo_id",
    "repo_ids",
    "statistics",
    "steps",
    "tasks",
    "totals",
]
