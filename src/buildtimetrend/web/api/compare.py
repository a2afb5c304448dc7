"""Comparisons: the steps that make one branch, period or build slower than another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from buildtimetrend.charts.comparison import Comparison, Contribution, SideFigures
from buildtimetrend.model import Value
from buildtimetrend.web.analysis import comparison_words
from buildtimetrend.web.analysis.comparisons import Compared, CompareParameters
from buildtimetrend.web.api.models import Repo
from buildtimetrend.web.http.csv_text import csv_text
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services


class ComparisonParameters(CompareParameters):
    format: Literal["json", "csv"] | None = Field(
        default=None, description="json or csv; the Accept header decides when it is not given"
    )


@dataclass(frozen=True, slots=True)
class ComparedSide(SideFigures):
    """`name` is the branch, or the build; null for a period. `timed` jobs are those whose durations count,
    `with_steps` of them have steps. Builds have no range.
    """

    name: str | None


@dataclass(frozen=True, slots=True)
class ComparisonResult(Comparison):
    """`difference` is that of the mean job durations; the contributions of `steps` add up to it. `same_mix`
    is what it would be if both sides had as many jobs of each entry of the build matrix. Null when a side
    has no jobs. `verdict` is what the change means; `too few`: less than 10 jobs on a side.
    """

    a: ComparedSide
    b: ComparedSide
    by: Literal["branch", "period", "build"]
    builds_summary: str
    summary: str
    warnings: list[str]


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["comparisons"])

    @router.get(
        "/projects/{repo:path}/compare",
        response_model=ComparisonResult,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    def compare(
        repo: Repo, parameters: Annotated[ComparisonParameters, Query()], request: Request
    ) -> Response:
        """What two branches, periods or builds differ in: steps, those that contribute most first."""
        compared = services.comparisons.of(slug(repo), parameters)
        accept = request.headers.get("accept", "")
        if parameters.format == "csv" or (parameters.format is None and "text/csv" in accept):
            return _csv(compared.comparison.steps)
        return Response(orjson.dumps(_result(compared)), media_type="application/json")

    return router


def _result(compared: Compared) -> dict[str, Any]:
    parameters, found = compared.parameters, asdict(compared.comparison)
    sides = {name: {"name": getattr(parameters, name)} | found.pop(name) for name in ("a", "b")}
    return {
        "by": parameters.by,
        "builds_summary": comparison_words.of_builds(compared),
        "summary": comparison_words.headline(compared),
        "warnings": comparison_words.warnings(compared),
        **sides,
        **found,
    }


def _csv(steps: tuple[Contribution, ...]) -> Response:
    columns: dict[str, list[Value]] = {
        "step": [part.name for part in steps],
        "phase": [part.phase for part in steps],
        "kind": [part.kind for part in steps],
        "contribution (s)": [part.contribution for part in steps],
        "margin (s)": [part.margin for part in steps],
        "share (%)": [part.share for part in steps],
    }
    for letter in ("a", "b"):
        of_side = [getattr(part, letter) for part in steps]
        columns |= {
            f"{letter} per job (s)": [part.mean for part in of_side],
            f"{letter} per run (s)": [part.per_run for part in of_side],
            f"{letter} runs": [part.runs for part in of_side],
        }
    disposition = {"Content-Disposition": 'attachment; filename="compare.csv"'}
    content = csv_text(list(columns), list(columns.values()))
    return Response(content, media_type="text/csv; charset=utf-8", headers=disposition)
