"""An attempt of a build beside what such builds usually take, and what it waited for."""

from __future__ import annotations

from collections import Counter
from typing import Any

from buildtimetrend.store.reads import Usual
from buildtimetrend.web.critical_path import Span, critical_path


def explained(build: dict[str, Any], jobs: list[dict[str, Any]], usual: Usual) -> dict[str, Any]:
    """`build` and `jobs`, with `usual` and `difference` (s) on the build, each job and each step at depth 0.

    A step is known by its key.
    """
    path = critical_path([Span(job["started_at"], job["finished_at"]) for job in jobs])
    return {
        "build": _beside(build, build["duration"], usual.duration) | {"compared_builds": usual.builds},
        "jobs": [
            _beside(job, job["duration"], usual.jobs.get((job["matrix"], job["name"])))
            | {"critical": place in path, "steps": _steps(job, usual)}
            for place, job in enumerate(jobs)
        ],
    }


def slower_steps(attempt: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """The steps of an attempt that took longest beyond what is usual, with their jobs; those above 0."""
    found = [
        {"job": job, "step": step}
        for job in attempt["jobs"]
        for step in job["steps"]
        if (step["difference"] or 0) > 0
    ]
    return sorted(found, key=lambda one: -one["step"]["difference"])[:limit]


def _steps(job: dict[str, Any], usual: Usual) -> list[dict[str, Any]]:
    totals = Counter[str]()
    for step in job["steps"]:
        if step["depth"] == 0:
            totals[step["key"]] += step["duration"]
    found = []
    for step in job["steps"]:
        total = totals.pop(step["key"], None) if step["depth"] == 0 else None
        known = None if total is None else usual.steps.get((job["matrix"], job["name"], step["key"]))
        found.append(_beside(step, total, known))
    return found


def _beside(row: dict[str, Any], seconds: float | None, usual: float | None) -> dict[str, Any]:
    difference = None if seconds is None or usual is None else seconds - usual
    return row | {"usual": usual, "difference": difference}
