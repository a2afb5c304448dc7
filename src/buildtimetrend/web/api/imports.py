"""Imports: what was asked for, how far it came, and asking for more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from buildtimetrend.errors import Invalid
from buildtimetrend.model import TaskState
from buildtimetrend.web import imports as asking
from buildtimetrend.web.api import models
from buildtimetrend.web.api.models import Limit, Offset, Problem
from buildtimetrend.web.services import Services

WRITES: dict[int | str, dict[str, object]] = {
    401: {"model": Problem, "description": "The admin token is needed."},
    403: {"model": Problem, "description": "The settings do not allow it."},
    429: {"model": Problem, "description": "Too many; `Retry-After` says when to try again."},
}

WITH_BODY: dict[int | str, dict[str, object]] = {
    400: {"model": Problem, "description": "The body cannot be read."},
    413: {"model": Problem, "description": "The body is too large."},
}


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["imports"])
    data, tasks = services.data, services.context.tasks

    @router.get("/imports")
    def list_imports(limit: Limit = 20) -> models.Imports:
        """The latest imports, newest first, with their progress."""
        return models.Imports.model_validate({"imports": data.imports(limit)})

    @router.post("/imports", status_code=202, responses=WRITES | WITH_BODY)
    def create_import(wanted: models.NewImport, request: Request) -> models.Created:
        """Schedule builds `first` to `last`; more than `multi_import.max_builds` are refused."""
        services.auth.check(request, wanted.repo)
        last = wanted.first if wanted.last is None else wanted.last
        if last < wanted.first:
            raise Invalid("last must not be below first.", detail="last")
        scheduled = asking.schedule(
            services.context, wanted.provider, wanted.repo, wanted.first, last, batch=True
        )
        assert scheduled.batch is not None
        return models.Created(
            id=scheduled.batch.id, scheduled=len(scheduled.tasks), warnings=scheduled.warnings
        )

    @router.get("/imports/{import_id}")
    def get_import(import_id: str) -> models.Import:
        """One import's progress."""
        return models.Import.model_validate(data.one_import(import_id))

    @router.get("/imports/{import_id}/tasks")
    def list_import_tasks(
        import_id: str, state: TaskState | None = None, limit: Limit = 100, offset: Offset = 0
    ) -> models.Tasks:
        """An import's builds: what became of each, and why."""
        return models.Tasks.model_validate({"tasks": data.import_tasks(import_id, limit, offset, state)})

    @router.post("/imports/{import_id}/cancel", responses=WRITES)
    def cancel_import(import_id: str, request: Request) -> models.Canceled:
        """Take out what still waits; what runs will finish."""
        services.auth.check(request)
        data.one_import(import_id)
        return models.Canceled(canceled=tasks.cancel(import_id).result())

    @router.post("/imports/{import_id}/retry", status_code=202, responses=WRITES)
    def retry_import(import_id: str, request: Request) -> models.RetriedAll:
        """Try an import's failed builds again, now: the latest 1000 of them."""
        services.auth.check(request)
        data.one_import(import_id)
        return models.RetriedAll(
            retried=asking.retry_failed(tasks, data.failed_ids(import_id, asking.RETRIES))
        )

    @router.post("/tasks/retry", status_code=202, responses=WRITES)
    def retry_tasks(request: Request) -> models.RetriedAll:
        """Try all failed tasks again, now: the latest 1000 of them."""
        services.auth.check(request)
        return models.RetriedAll(retried=asking.retry_failed(tasks, data.failed_ids(None, asking.RETRIES)))

    @router.get("/tasks")
    def list_tasks(
        state: Annotated[TaskState | None, Query(description="only tasks in this state")] = None,
        limit: Limit = 100,
    ) -> models.Tasks:
        """The latest tasks: whatever collects a build, asked for by a notification, a person or a sweep."""
        states = [state] if state else list(TaskState)
        return models.Tasks.model_validate({"tasks": data.tasks(states, limit)})

    @router.post("/tasks/{task_id}/retry", status_code=202, responses=WRITES)
    def retry_task(task_id: str, request: Request) -> models.Retried:
        """Try a failed or canceled task again, now."""
        services.auth.check(request)
        return models.Retried(id=tasks.retry(task_id).result().id)

    return router
