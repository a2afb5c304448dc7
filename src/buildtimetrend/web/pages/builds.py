"""`/builds/{repo}`: all builds of a project, to search and to turn the pages of."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.web.analysis.mini_bars import with_bars
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.pages.nothing import nothing
from buildtimetrend.web.params import Parameters, lenient, slug
from buildtimetrend.web.services import Services

ON_A_PAGE = 50
MOST_PAGES = 10_000
LONGEST = 200  # characters of what is searched for


class BuildsPage:
    def __init__(self, services: Services) -> None:
        self._data = services.data

    def builds(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        usual = lenient({"timeframe": "year"} | dict(request.query_params))
        parameters = usual.parameters
        q = request.query_params.get("q", "").replace("\0", "").strip()[:LONGEST]
        number = _page_number(request.query_params.get("page", ""))
        found = self._data.builds(repo, parameters, ON_A_PAGE + 1, (number - 1) * ON_A_PAGE, q)
        shown = found[:ON_A_PAGE]
        return page(
            "builds.html",
            repo=repo,
            action=f"/builds/{text.path(repo)}",
            notes=usual.notes,
            parameters=parameters,
            filters=filter_fields(self._data, repo, parameters),
            q=q,
            nothing=None if shown or q else nothing(self._data, repo, parameters),
            builds=with_bars(self._data.judged(repo, shown)),
            newer=_query(parameters, q, number - 1) if number > 1 else None,
            older=_query(parameters, q, number + 1) if len(found) > ON_A_PAGE else None,
        )


def _page_number(given: str) -> int:
    """From 1; what is no page is the first one."""
    return min(int(given), MOST_PAGES) if given.isascii() and given.isdigit() and int(given) > 0 else 1


def _query(parameters: Parameters, q: str, number: int) -> str:
    return urlencode(parameters.said() | {"q": q, "page": number})
