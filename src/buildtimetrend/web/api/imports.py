"""Imports: what was asked for, how far it came, and asking for more."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request

from buildtimetrend.errors import Invalid
from buildtimetrend.model import TaskState
from buildtimetrend.web import imports as asking
from buildtimetrend.web.api import import_models as shapes
from buildtimetrend.web.api.models import SLUG, Limit, Offset, Problem
from buildtimetrend.web.context import Context
from buildtimetrend.web.services import Services

SHOWN = 200  # characters of what was sent

WRITES: dict[int | str, dict[str, object]] = {
    401: {"model": Problem, "description": "The admin token is needed."},
    403: {"model": Problem, "description": "The settings do not allow it."},
    404: {"model": Problem, "description": "There is no such thing, here or at the CI."},
    429: {"model": Problem, "description": "Too many; `Retry-After` says when to try again."},
}

WITH_BODY: dict[int | str, dict[str, object]] = {
    400: {"model": Problem, "description": "The body cannot be read."},
    413: {"model": Problem, "description": "The body is too large."},
}


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["imports"])
    work, tasks = services.work, services.context.tasks

    @router.get("/imports")
    def list_imports(limit: Limit = 20, offset: Offset = 0) -> shapes.Imports:
        """The latest imports, newest first, with their progress."""
        return shapes.Imports.model_validate({"imports": work.imports(limit, offset)})

    @router.post("/imports", status_code=202, responses=WRITES | WITH_BODY)
    def create_import(wanted: shapes.NewImport, request: Request) -> shapes.Created:
        """Schedule builds by number, the latest, or since when; no more than `multi_import.max_builds`.

        Where they are not named by number, the CI is asked which they are before this is answered. Where
        several builds may have one number, as at GitHub, all of them are listed afterwards.
        """
        repo = asking.repo_of(services.context, wanted.provider, wanted.repo)
        if repo is None or not re.fullmatch(SLUG, repo):
            raise Invalid(
                "repo: must be owner/name, of letters, digits, '.', '_', '~' and '-', or the address of its "
                f"page, and not {wanted.repo[:SHOWN]!r}.",
                detail="repo",
            )
        services.auth.check(request, repo)
        scheduled = _schedule(services.context, wanted, repo)
        assert scheduled.batch is not None
        return shapes.Created(
            id=scheduled.batch.id,
            scheduled=len(scheduled.tasks),
            listing=scheduled.listing,
            warnings=scheduled.warnings,
        )

    @router.post("/imports/owners", status_code=202, responses=WRITES | WITH_BODY)
    def create_imports(wanted: shapes.NewImports, request: Request) -> shapes.CreatedAll:
        """Import whole histories of an organisation's, a group's or a person's repos, an import for each."""
        services.auth.check(request)
        records = asking.schedule_owner(
            services.context,
            wanted.provider,
            wanted.owner,
            wanted.builds,
            include=wanted.include,
            exclude=wanted.exclude,
        )
        return shapes.CreatedAll(
            imports=[shapes.CreatedImport(id=record.id, repo=record.repo) for record in records]
        )

    @router.get("/imports/{import_id}")
    def get_import(import_id: str) -> shapes.Import:
        """One import's progress."""
        return shapes.Import.model_validate(work.one_import(import_id))

    @router.get("/imports/{import_id}/tasks")
    def list_import_tasks(
        import_id: str, state: TaskState | None = None, limit: Limit = 100, offset: Offset = 0
    ) -> shapes.Tasks:
        """An import's builds: what became of each, and why."""
        return shapes.Tasks.model_validate({"tasks": work.import_tasks(import_id, limit, offset, state)})

    @router.post("/imports/{import_id}/cancel", responses=WRITES)
    def cancel_import(import_id: str, request: Request) -> shapes.Canceled:
        """Take out what still waits; what runs will finish."""
        services.auth.check(request)
        work.one_import(import_id)
        return shapes.Canceled(canceled=tasks.cancel(import_id).result())

    @router.post("/imports/{import_id}/retry", status_code=202, responses=WRITES)
    def retry_import(import_id: str, request: Request) -> shapes.RetriedAll:
        """Try an import's failed builds again, now: the latest 1000 of them."""
        services.auth.check(request)
        work.one_import(import_id)
        return shapes.RetriedAll(
            retried=asking.retry_failed(tasks, work.failed_ids(import_id, asking.RETRIES))
        )

    @router.post("/tasks/retry", status_code=202, responses=WRITES)
    def retry_tasks(request: Request) -> shapes.RetriedAll:
        """Try all failed tasks again, now: the latest 1000 of them."""
        services.auth.check(request)
        return shapes.RetriedAll(retried=asking.retry_failed(tasks, work.failed_ids(None, asking.RETRIES)))

    @router.get("/tasks")
    def list_tasks(
        state: Annotated[TaskState | None, Query(description="only tasks in this state")] = None,
        limit: Limit = 100,
    ) -> shapes.Tasks:
        """The latest tasks: whatever collects a build, asked for by a notification, a person or a sweep."""
        states = [state] if state else list(TaskState)
        return shapes.Tasks.model_validate({"tasks": work.tasks(states, limit)})

    @router.post("/tasks/{task_id}/retry", status_code=202, responses=WRITES)
    def retry_task(task_id: str, request: Request) -> shapes.Retried:
        """Try a failed or canceled task again, now."""
        services.auth.check(request)
        return shapes.Retried(id=tasks.retry(task_id).result().id)

    return router


def _schedule(context: Context, wanted: shapes.NewImport, repo: str) -> asking.Scheduled:
    if wanted.builds is not None:
        if wanted.first is not None or wanted.last is not None:
            raise Invalid("builds stands in place of first and last, not beside them.", detail="builds")
        return asking.schedule_said(context, wanted.provider, repo, wanted.builds, whole=wanted.whole)
    if wanted.first is None:
        raise Invalid("first: the number of the first build is missing, or builds.", detail="first")
    last = wanted.first if wanted.last is None else wanted.last
    if last < wanted.first:
        raise Invalid("last must not be below first.", detail="last")
    return asking.schedule(context, wanted.provider, repo, wanted.first, last, batch=True)
