"""Charts: what the dashboard draws, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from buildtimetrend import charts
from buildtimetrend.model import Series
from buildtimetrend.web.api import models
from buildtimetrend.web.api.models import ChartParameters, Name, Repo
from buildtimetrend.web.http.csv_text import csv_text
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services


@dataclass(frozen=True, slots=True)
class ChartSeries(Series):
    """What a chart draws: columns of equal length, over [since, until) in buckets of `interval`.

    A column `time` holds the starts of the buckets. Hours, days and weeks, from Monday, are those of UTC.
    Where there may be too many rows to draw, `shown` of them are there, chosen `of` so many.
    """

    interval: Literal["hour", "day", "week"]


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["charts"])

    @router.get("/charts")
    def list_charts() -> models.Charts:
        """The charts that there are, the same for every repo."""
        return models.Charts(
            charts=[
                models.ChartInfo(name=chart.name, title=chart.title, unit=chart.unit, help=chart.help)
                for chart in charts.CHARTS.values()
            ]
        )

    @router.get(
        "/projects/{repo:path}/charts/{chart}",
        response_model=ChartSeries,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    def chart(
        repo: Repo, chart: Name, parameters: Annotated[ChartParameters, Query()], request: Request
    ) -> Response:
        """What a chart draws, in columns of equal length."""
        return _answer(services.data.chart(chart, slug(repo), parameters), parameters, request)

    @router.get(
        "/stats/charts/{chart}",
        response_model=ChartSeries,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )
    def usage_chart(
        chart: Name, parameters: Annotated[ChartParameters, Query()], request: Request
    ) -> Response:
        """A chart of `/stats`, over all repos: languages, builds, jobs, steps, events, projects."""
        return _answer(services.data.usage_chart(chart, parameters), parameters, request)

    return router


def _answer(series: Series, parameters: ChartParameters, request: Request) -> Response:
    accept = request.headers.get("accept", "")
    if parameters.format == "csv" or (parameters.format is None and "text/csv" in accept):
        return _csv(series)
    return Response(orjson.dumps(series), media_type="application/json")


def _csv(series: Series) -> Response:
    names = [f"{c.name} ({c.unit})" if c.unit else c.name for c in series.columns]
    content = csv_text(names, [column.values for column in series.columns])
    headers = {"Content-Disposition": f'attachment; filename="{_name(series)}.csv"'}
    if series.of is not None:
        headers["X-Total-Count"] = str(series.of)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def _name(series: Series) -> str:
    """A table has no place to say that it is a part: its name and a header do."""
    part = series.of is not None and series.shown != series.of
    return f"{series.chart}-{series.shown}-of-{series.of}" if part else series.chart
