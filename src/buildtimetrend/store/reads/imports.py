"""Imports, and how far they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from buildtimetrend.model import LIST, Import, Value
from buildtimetrend.store.base import Store, Table, rows
from buildtimetrend.store.reads.names import named
from buildtimetrend.store.reads.tasks import TASK

REASONS = 10_000


def imports(store: Store, limit: int, offset: int = 0) -> Table:
    """The newest imports, with their tasks counted by state; `finished_at` is null while one is open."""
    return store.select(_IMPORTS, {"limit": limit, "offset": offset})


def open_imports(store: Store, provider: str, instance: str, selection: str) -> list[Import]:
    """Those that were asked for in these words and go on."""
    given = {"provider": provider, "instance": instance, "selection": selection}
    return [Import(**row) for row in rows(store.select(_OPEN_IMPORTS, given))]


def one_import(store: Store, import_id: str) -> Table:
    """One row, as `imports` has it, or none."""
    return store.select(_ONE_IMPORT, {"import_id": import_id})


def latest_import(store: Store, provider: str, repo: str) -> Table:
    """The newest import of a repo from a kind of CI: one row, as `imports` has it, or none."""
    return store.select(_LATEST_IMPORT, {"provider": provider, "repo": repo.lower()})


def numbers_of_import(store: Store, import_id: str) -> tuple[int, int] | None:
    """The first and the last number that an import is of."""
    found = rows(store.select(_NUMBERS, {"import_id": import_id}))
    return (int(found[0]["first"]), int(found[0]["last"])) if found else None


def import_of(store: Store, import_id: str) -> Import | None:
    found = rows(store.select(_IMPORT_OF, {"import_id": import_id}))
    return Import(**found[0]) if found else None


class Listed(NamedTuple):
    """How many `builds` of an import are listed, how many of them open, and when the last of these is due."""

    builds: int
    open: int
    last_due_at: datetime | None


def listed(store: Store, import_id: str) -> Listed:
    found = rows(store.select(_LISTED, {"import_id": import_id}))[0]
    return Listed(int(found["builds"]), int(found["open"]), found["last_due_at"])


def numbers_listed(store: Store, import_id: str) -> dict[tuple[str, int | None], str | None]:
    """The number of each build that an import has listed, by id and attempt."""
    found = store.select(_NUMBERS_LISTED, {"import_id": import_id})
    return {(row["build_id"], row["attempt"]): row["number"] for row in rows(found)}


def import_tasks(store: Store, import_id: str, limit: int, offset: int, state: str | None = None) -> Table:
    """An import's tasks in the order of their builds, those of one state if that is given."""
    params: dict[str, Value] = {"import_id": import_id, "limit": limit, "offset": offset}
    if state is None:
        return store.select(_IMPORT_TASKS.replace("{state}", ""), params)
    return store.select(_IMPORT_TASKS.replace("{state}", "AND state = $state"), {**params, "state": state})


def import_reasons(store: Store, import_ids: Sequence[str]) -> Table:
    """Why tasks of these imports failed, or wait for another try: `import_id`, `state`, `reason`, how many
    `builds`, the `number` of one of them, and when the next is tried (`due_at`).
    """
    names, ids = named("import", import_ids)
    return store.select(_REASONS.replace("{imports}", names), {**ids, "most": REASONS})


def pace(store: Store, since: datetime) -> Table:
    """Imports with open tasks: how many `ended` since then, and when the last open one is due."""
    return store.select(_PACE, {"since": since})


_IMPORT_OF = """
    SELECT id, provider, repo, first_number AS first, last_number AS last, created_at, instance, selection
    FROM import WHERE id = $import_id
"""
_OPEN_IMPORTS = """
    SELECT id, provider, repo, first_number AS first, last_number AS last, created_at, instance, selection
    FROM import
    WHERE provider = $provider AND instance = $instance AND selection = $selection AND EXISTS (
        SELECT 1 FROM task WHERE task.import_id = import.id AND state IN ('waiting', 'running')
    )
"""
# A list that failed counts: the builds that it would have named are lacking.
_COUNTS = f"(coalesce(number, '') <> '{LIST}' OR state = 'failed')"
_IS_BUILD = f"coalesce(number, '') <> '{LIST}'"
_LISTED = f"""
    SELECT count(DISTINCT build_id) AS builds,
           count(*) FILTER (WHERE state IN ('waiting', 'running')) AS open,
           max(due_at) FILTER (WHERE state IN ('waiting', 'running')) AS last_due_at
    FROM task WHERE import_id = $import_id AND {_IS_BUILD}
"""  # noqa: S608 - fixed text only
_NUMBERS_LISTED = f"""
    SELECT build_id, attempt, number FROM task WHERE import_id = $import_id AND {_IS_BUILD}
"""  # noqa: S608 - fixed text only
_NUMBERS = "SELECT first_number AS first, last_number AS last FROM import WHERE id = $import_id"
# A build tried again keeps the reason of the try before, until it is stored.
_REASONS = """
    SELECT import_id, state, reason, count(*) AS builds, min(number) AS number, min(due_at) AS due_at
    FROM task
    WHERE import_id IN ({imports}) AND reason IS NOT NULL AND state IN ('waiting', 'running', 'failed')
    GROUP BY import_id, state, reason ORDER BY import_id, builds DESC, state, reason LIMIT $most
"""
_PACE = """
    SELECT import_id,
           count(*) FILTER (WHERE state IN ('done', 'failed', 'absent') AND finished_at >= $since
                            AND {counts}) AS ended,
           max(due_at) FILTER (WHERE state IN ('waiting', 'running')) AS last_due_at
    FROM task
    WHERE import_id IS NOT NULL
    GROUP BY import_id
    HAVING count(*) FILTER (WHERE state IN ('waiting', 'running')) > 0
""".replace("{counts}", _COUNTS)
_PROGRESS = """
    SELECT import.id, import.provider, import.repo, first_number AS first, last_number AS last, selection,
           import.created_at, coalesce(min(import.instance), min(task.instance)) AS instance,
           count(task.id) FILTER (WHERE {counts}) AS total,
           count(*) FILTER (WHERE state = 'waiting' AND {counts}) AS waiting,
           count(*) FILTER (WHERE state = 'running' AND {counts}) AS running,
           count(*) FILTER (WHERE state = 'done' AND {counts}) AS done,
           count(*) FILTER (WHERE state = 'failed') AS failed,
           count(*) FILTER (WHERE state = 'canceled' AND {counts}) AS canceled,
           count(*) FILTER (WHERE state = 'absent') AS absent,
           count(*) FILTER (WHERE state IN ('waiting', 'running') AND number = '{list}') > 0 AS listing,
           CASE WHEN count(*) FILTER (WHERE state IN ('waiting', 'running')) = 0
                THEN max(task.finished_at) END AS finished_at
    FROM ({imports}) AS import
    LEFT JOIN task ON task.import_id = import.id
    GROUP BY import.id, import.provider, import.repo, first_number, last_number, selection, import.created_at
    ORDER BY import.created_at DESC, import.id
""".replace("{counts}", _COUNTS).replace("{list}", LIST)
_PAGE = "SELECT * FROM import ORDER BY created_at DESC, id LIMIT $limit OFFSET $offset"
_IMPORTS = _PROGRESS.replace("{imports}", _PAGE)
_ONE_IMPORT = _PROGRESS.replace("{imports}", "SELECT * FROM import WHERE id = $import_id")
_LATEST = """
    SELECT * FROM import WHERE provider = $provider AND lower(repo) = $repo
    ORDER BY created_at DESC, id LIMIT 1
"""
_LATEST_IMPORT = _PROGRESS.replace("{imports}", _LATEST)
_IMPORT_TASKS = (
    TASK
    + f" WHERE import_id = $import_id AND {_COUNTS} {{state}}"
    + " ORDER BY due_at, created_at, id LIMIT $limit OFFSET $offset"
)
