"""One step over time: how long it takes, in which jobs and branches, and what it ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from buildtimetrend.errors import NotFound
from buildtimetrend.findings.series import job_of
from buildtimetrend.model import Query
from buildtimetrend.steps import label
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.web.analysis.distribution import distribution
from buildtimetrend.web.analysis.runs import GROUPS, Run, figures, grouped

SLOWEST = 10


def one_step(store: Store, query: Query, key: str) -> dict[str, Any]:
    """`figures` of all runs in the range; the same by `jobs` and `branches`; its `commands` and former
    `names` with their runs; the `slowest` runs, the `distribution` of all, and `all` of them, the newest
    first.

    Raises `NotFound` where none of the jobs ran it.
    """
    found = rows(reads.step_runs(store, query, key))
    if not found:
        raise NotFound(f"No job of {query.repo} in this range ran a step {key!r}.", detail="step")
    phase = found[0]["phase"]
    return {
        "key": key,
        "name": label(key, phase),
        "phase": phase,
        **figures(found, _failed),
        "jobs": grouped(found, job_of, _failed),
        "branches": grouped(found, lambda run: run["branch"] or "", _failed),
        "commands": _counted(run["command"] or "" for run in found),
        "names": _counted(run["step_name"] for run in found),
        "distribution": distribution([run["seconds"] for run in found]),
        "slowest": sorted(found, key=lambda run: -run["seconds"])[:SLOWEST],
        "all": found,
    }


def _failed(run: Run) -> bool:
    return bool(run["step_result"] == "failed")


def _counted(texts: Iterable[str]) -> list[dict[str, Any]]:
    return [{"text": text, "runs": runs} for text, runs in Counter(texts).most_common(GROUPS) if text]
