"""What was found in the background, and the life of what people were told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.names import named

# States in which an alert asks for something.
OPEN = ("open", "acknowledged")


def analyses(store: Store, repo_id: int) -> list[dict[str, Any]]:
    """Of each pipeline that was looked at: `pipeline`, `branches`, `began_at`, `analysed_at`, how many
    `builds` were looked at, `first_began_at`, and whether it has `changed` since.
    """
    return rows(store.select(_ANALYSES, {"repo_id": repo_id}))


def state_of(store: Store, repo_id: int, pipeline: int) -> str | None:
    """What was stored of the series of a pipeline."""
    found = store.select(_STATE, {"repo_id": repo_id, "pipeline": pipeline})["state"]
    return None if not found or found[0] is None else str(found[0])


def kept_findings(store: Store, repo_id: int, pipelines: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """Rows of `finding` of a repo, or of some of its pipelines, the newest first, with their alerts' `state`,
    `events` and `changed_at` where there is one.
    """
    names, given = named("pipeline", pipelines or ())
    chosen = "" if pipelines is None else f" AND pipeline IN ({names})"
    return rows(store.select(_FINDINGS.replace("{chosen}", chosen), {"repo_id": repo_id, **given}))


def kept_finding(store: Store, finding: str) -> dict[str, Any] | None:
    """The same of one, by its id."""
    return next(iter(rows(store.select(_FINDING, {"id": finding}))), None)


def alert_events(store: Store, findings: Sequence[str]) -> list[dict[str, Any]]:
    """Of some alerts, each in order: `finding`, `number`, `event`, `at`, `by`, `why`."""
    names, given = named("finding", findings)
    return rows(store.select(_EVENTS.replace("{findings}", names), given))


def notified(store: Store, finding: str) -> list[dict[str, Any]]:
    """What was sent of an alert, and what is to be: `number`, `channel`, `due_at`, `tries`, `reason`,
    `sent_at`, `refused_at`.
    """
    return rows(store.select(_NOTIFIED, {"finding": finding}))


def alerts_by_state(store: Store) -> dict[str, int]:
    """How many alerts of all repos are in each state."""
    return {row["state"]: row["alerts"] for row in rows(store.select(_BY_STATE))}


_ANALYSES = """
    SELECT pipeline, branches, began_at, analysed_at, builds, first_began_at,
           changed_since IS NOT NULL OR EXISTS (
               SELECT 1 FROM saved_build
               WHERE saved_build.repo_id = analysis.repo_id
                 AND saved_build.pipeline = analysis.pipeline AND since IS NOT NULL
           ) AS changed
    FROM analysis WHERE repo_id = $repo_id
"""
_STATE = "SELECT state FROM analysis WHERE repo_id = $repo_id AND pipeline = $pipeline"
_COLUMNS = """
    id, finding.repo_id, pipeline, branches, what, thing, seconds, since_at, first_at, last_at, over_at,
    found_at, seen_at, withdrawn_at, document, known, state, events, changed_at
"""
FINDINGS = f"SELECT {_COLUMNS} FROM finding LEFT JOIN alert ON alert.finding = finding.id"  # noqa: S608
_FINDINGS = f"{FINDINGS} WHERE finding.repo_id = $repo_id{{chosen}} ORDER BY since_at DESC, id"
_FINDING = f"{FINDINGS} WHERE finding.id = $id"
_EVENTS = """
    SELECT finding, number, event, "at", "by", why FROM alert_event
    WHERE finding IN ({findings}) ORDER BY finding, number
"""
_NOTIFIED = """
    SELECT number, channel, due_at, tries, reason, sent_at, refused_at FROM notification
    WHERE finding = $finding ORDER BY number, channel
"""
_BY_STATE = "SELECT state, count(*) AS alerts FROM alert GROUP BY state"
