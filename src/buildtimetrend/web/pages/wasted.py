"""`/wasted/{repo}`: flaky jobs, worker time that came to nothing, and what it cost, week by week."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.web.analysis import bars
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.params import lenient, slug
from buildtimetrend.web.services import Services


class WastedPage:
    def __init__(self, services: Services) -> None:
        self._data = services.data

    def wasted(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        usual = lenient({"timeframe": "month"} | dict(request.query_params))
        parameters = usual.parameters
        found = self._data.wasted(repo, parameters)
        year = parameters.unfiltered().model_copy(update={"timeframe": "year", "since": None, "until": None})
        flaky = [each for each in self._data.findings(repo, year)["findings"] if each["what"] == "flaky"]
        return page(
            "wasted.html",
            repo=repo,
            action=f"/wasted/{text.path(repo)}",
            notes=usual.notes,
            parameters=parameters,
            filters=filter_fields(self._data, repo, parameters),
            found=found,
            picture=bars,
            bars=bars.bars([(week["week"], week["of"]) for week in found["weeks"]]),
            flaky=flaky,
        )
