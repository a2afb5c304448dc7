"""Questions that pages, API, badges and tasks ask of a store.

All go through `Store.select`, in the SQL that engines share, so that they know no engine. Most answers are
tables: columns by name, of one length.
"""

from buildtimetrend.store.reads.alert_rules import OwnRules, rules_changes, rules_of_channel, rules_of_repo
from buildtimetrend.store.reads.alerts import (
    alert_events,
    alerts_by_state,
    analyses,
    kept_finding,
    kept_findings,
    notified,
    state_of,
)
from buildtimetrend.store.reads.beside import (
    found_beside,
    found_on_images,
    found_since,
    jobs_of_all,
    led_by,
)
from buildtimetrend.store.reads.buckets import number_of
from buildtimetrend.store.reads.build_figures import build_figures
from buildtimetrend.store.reads.builds import build, build_jobs, builds, dropped_jobs, job_steps, jobs, steps
from buildtimetrend.store.reads.choices import choices
from buildtimetrend.store.reads.figures import (
    badge_figures,
    changed,
    compared_builds,
    enough_builds,
    previous_range,
    success_rate,
    totals,
)
from buildtimetrend.store.reads.filters import ask
from buildtimetrend.store.reads.imports import (
    import_of,
    import_reasons,
    import_tasks,
    imports,
    latest_import,
    listed,
    numbers_listed,
    numbers_of_import,
    one_import,
    open_imports,
    pace,
)
from buildtimetrend.store.reads.job_counts import jobs_by_bucket
from buildtimetrend.store.reads.levels import burning_budgets, levels
from buildtimetrend.store.reads.lookups import looked_up_once
from buildtimetrend.store.reads.measured import jobs_of_passed, passed_builds, passed_steps
from buildtimetrend.store.reads.neighbours import Neighbours, neighbours
from buildtimetrend.store.reads.pipeline_figures import pipeline_figures, pipeline_trends
from buildtimetrend.store.reads.pipelines import Pipeline, ids_of_pipelines, pipelines
from buildtimetrend.store.reads.projects import project_trends, projects
from buildtimetrend.store.reads.quality import last_build_at, quality
from buildtimetrend.store.reads.repos import repo_id, repos, repos_by_name, slug_of, slugs
from buildtimetrend.store.reads.saved import last_number, saved_builds
from buildtimetrend.store.reads.served import served_builds
from buildtimetrend.store.reads.spent import spent
from buildtimetrend.store.reads.spread import p50, p95
from buildtimetrend.store.reads.statistics import Statistics, statistics
from buildtimetrend.store.reads.step_runs import step_runs
from buildtimetrend.store.reads.step_sums import ask_sums, slowest
from buildtimetrend.store.reads.sweep import (
    SweptRepo,
    fetched_after,
    first_number,
    is_integer,
    noted,
    refused,
    stored,
    swept_repos,
    unfinished,
)
from buildtimetrend.store.reads.tasks import (
    bulk_under_way,
    deliveries,
    depth,
    failed_ids,
    failures,
    lag,
    last_deliveries,
    oldest_open,
    open_at,
    open_tasks,
    swept,
    task,
    tasks,
    tasks_of,
    troubles,
    workers,
)
from buildtimetrend.store.reads.tried import tried_builds, tried_jobs
from buildtimetrend.store.reads.usual import Usual, usual
from buildtimetrend.store.reads.usuals import usuals
from buildtimetrend.store.reads.whole import whole_builds

__all__ = [
    "Neighbours",
    "OwnRules",
    "Pipeline",
    "Statistics",
    "SweptRepo",
    "Usual",
    "alert_events",
    "alerts_by_state",
    "analyses",
    "ask",
    "ask_sums",
    "badge_figures",
    "build",
    "build_figures",
    "build_jobs",
    "builds",
    "bulk_under_way",
    "burning_budgets",
    "changed",
    "choices",
    "compared_builds",
    "deliveries",
    "depth",
    "dropped_jobs",
    "enough_builds",
    "failed_ids",
    "failures",
    "fetched_after",
    "first_number",
    "found_beside",
    "found_on_images",
    "found_since",
    "ids_of_pipelines",
    "import_of",
    "import_reasons",
    "import_tasks",
    "imports",
    "is_integer",
    "job_steps",
    "jobs",
    "jobs_by_bucket",
    "jobs_of_all",
    "jobs_of_passed",
    "kept_finding",
    "kept_findings",
    "lag",
    "last_build_at",
    "last_deliveries",
    "last_number",
    "latest_import",
    "led_by",
    "levels",
    "listed",
    "looked_up_once",
    "neighbours",
    "noted",
    "notified",
    "number_of",
    "numbers_listed",
    "numbers_of_import",
    "oldest_open",
    "one_import",
    "open_at",
    "open_imports",
    "open_tasks",
    "p50",
    "p95",
    "pace",
    "passed_builds",
    "passed_steps",
    "pipeline_figures",
    "pipeline_trends",
    "pipelines",
    "previous_range",
    "project_trends",
    "projects",
    "quality",
    "refused",
    "repo_id",
    "repos",
    "repos_by_name",
    "rules_changes",
    "rules_of_channel",
    "rules_of_repo",
    "saved_builds",
    "served_builds",
    "slowest",
    "slug_of",
    "slugs",
    "spent",
    "state_of",
    "statistics",
    "step_runs",
    "steps",
    "stored",
    "success_rate",
    "swept",
    "swept_repos",
    "task",
    "tasks",
    "tasks_of",
    "totals",
    "tried_builds",
    "tried_jobs",
    "troubles",
    "unfinished",
    "usual",
    "usuals",
    "whole_builds",
    "workers",
]
