"""`/compare/{repo}`: two branches, periods or builds, and the steps that make the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.charts.comparison import Contribution
from buildtimetrend.enough import SIDE
from buildtimetrend.filters import FILTERS
from buildtimetrend.web.analysis import comparison_words
from buildtimetrend.web.analysis.comparisons import (
    OF_ONE_BUILD,
    PERIODS,
    Compared,
    CompareParameters,
    lenient_comparison,
)
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.params import slug
from buildtimetrend.web.services import Services

BRANCHES = 500
BUILDS = 100
STEPS = 50
HALF = 100.0  # units to either side of a bar's middle
OWN = {"by", "a", "b", *PERIODS}
# A build is looked for at all times.
NO_EFFECT = {
    "branch": (FILTERS["branch"].parameter,),
    "period": (),
    "build": (*(row.parameter for row in OF_ONE_BUILD), "since", "until"),
}


@dataclass(frozen=True, slots=True)
class ContributionBar:
    """A contribution and its margin, in units of which `HALF` lie to either side of 0."""

    x: float
    width: float
    low: float
    high: float


class ComparePage:
    def __init__(self, services: Services) -> None:
        self._data = services.data
        self._comparisons = services.comparisons

    def compare(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        asked, notes = lenient_comparison(request.query_params)
        compared = self._comparisons.of(repo, asked)
        parameters, found = compared.parameters, compared.comparison
        quote = comparison_words.isolated
        without = NO_EFFECT[parameters.by or "branch"]
        notes += [f"{name}: has no effect here." for name in without if getattr(asked, name)]
        return page(
            "compare.html",
            repo=repo,
            action=f"/compare/{text.path(repo)}",
            notes=notes,
            parameters=parameters,
            found=found,
            enough=min(found.a.timed, found.b.timed) >= SIDE,
            names=comparison_words.names(compared, quote),
            of_builds=comparison_words.of_builds(compared, quote),
            headline=comparison_words.headline(compared, quote),
            warnings=comparison_words.warnings(compared, quote),
            steps=list(zip(found.steps[:STEPS], bars(found.steps[:STEPS]), strict=True)),
            filters=[one for one in filter_fields(self._data, repo, parameters) if one.name not in without],
            choices=self._choices(repo, parameters),
            periods=parameters.periods(datetime.now(UTC)),
            builds=self._data.builds(repo, parameters.unfiltered(), BUILDS, 0)
            if parameters.by == "build"
            else [],
            links={by: query(parameters, by=by) for by in ("branch", "period", "build")},
            swapped=swapped(compared),
            back=query(parameters, by=None),
            query=query(parameters, by=parameters.by, whole=True),
        )

    def _choices(self, repo: str, parameters: CompareParameters) -> list[str]:
        """The branches to choose from, the chosen ones among them."""
        if parameters.by != "branch":
            return []
        known = self._comparisons.branches(repo, parameters, BRANCHES)
        return [*dict.fromkeys([*known, *(name for name in (parameters.a, parameters.b) if name)])]


def bars(steps: Sequence[Contribution]) -> list[ContributionBar]:
    """All to one scale: the largest contribution fills its half; margins are cut at the ends."""
    largest = max((abs(part.contribution) for part in steps), default=0) or 1.0
    return [_bar(part.contribution * HALF / largest, (part.margin or 0) * HALF / largest) for part in steps]


def _bar(end: float, margin: float) -> ContributionBar:
    return ContributionBar(
        x=round(min(end, 0), 2),
        width=round(abs(end), 2),
        low=round(max(-HALF, end - margin), 2),
        high=round(min(HALF, end + margin), 2),
    )


def query(parameters: CompareParameters, *, by: str | None, whole: bool = False) -> str:
    """The parameters that differ from their defaults, as a query string; `whole`: those of this page, too."""
    left_out = {"refresh"} if whole else OWN | {"refresh"}
    given: dict[str, Any] = parameters.model_dump(mode="json", exclude_defaults=True, exclude=left_out)
    return _query(given | ({"by": by} if by else {}))


def swapped(compared: Compared) -> str:
    """The same sides the other way round, periods as they are now."""
    parameters, found = compared.parameters, compared.comparison
    given: dict[str, Any] = parameters.model_dump(mode="json", exclude_defaults=True, exclude={"refresh"})
    given |= {"by": parameters.by, "a": parameters.b, "b": parameters.a}
    if parameters.by == "period":
        for name, side in (("a", found.b), ("b", found.a)):
            given |= {f"{name}_{end}": _exact(getattr(side, end)) for end in ("since", "until")}
    return _query({name: value for name, value in given.items() if value})


def _exact(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _query(given: dict[str, Any]) -> str:
    return f"?{urlencode(given)}" if given else ""
