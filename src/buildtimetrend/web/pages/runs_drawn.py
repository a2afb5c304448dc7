"""The runs of a step or a job as a picture, and what the template needs beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from buildtimetrend import text
from buildtimetrend.model import Query
from buildtimetrend.web.analysis import picture
from buildtimetrend.web.analysis.picture import Change, Value
from buildtimetrend.web.analysis.runs import Run, medians
from buildtimetrend.web.http.addresses import own_address

MOST_POINTS = 1500  # of a picture: more would be one spot


def runs_drawn(
    runs: Sequence[Run], query: Query, kind: Callable[[Run], str], changes: Sequence[Change] = ()
) -> dict[str, Any]:
    """`kind` is the result that a run is shown with. Of very many runs `every` so many are drawn."""
    every = 1 + len(runs) // MOST_POINTS

    def page_of(run: Run) -> str:
        number = run["build_number"]
        return own_address({**run, "repo": query.repo, "number": number, "pipeline_reference": None})

    values = [
        Value(run["finished_at"], run["seconds"], kind(run), _said(run, kind(run)), page_of(run))
        for run in runs[::every]
    ]
    return {
        "picture": picture.picture(
            "run", values, medians(runs, query), list(changes), (query.since, query.until)
        ),
        "plot": picture,
        "interval": query.interval,
        "every": every,
        "page_of": page_of,
    }


def _said(run: Run, kind: str) -> str:
    at = f"{run['finished_at']:%Y-%m-%d %H:%M} UTC"
    return f"{run['build_number']} · {text.duration(run['seconds'])} · {kind} · {at}"
