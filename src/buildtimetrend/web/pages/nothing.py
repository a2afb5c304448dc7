"""Why a page has no builds to show, and what leads on: to the last ones, to a value that there is, to all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from buildtimetrend.filters import FILTERS
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.nearest import nearest
from buildtimetrend.web.pages.months import month_of
from buildtimetrend.web.params import Parameters

OTHERS = 3
_EVER = {"timeframe": "year", "since": datetime(1970, 1, 1, tzinfo=UTC), "until": None, "interval": None}


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A filter's `value` that no build ever had, those that may have been meant, and some that there are."""

    label: str
    value: str
    nearest: list[Link]
    others: list[Link]
    everything: Link


@dataclass(frozen=True, slots=True)
class Nothing:
    """When the last build ended that the filters let through, and its month; or which let none through.

    With neither, no build has all that the filters ask for, and `everything` leads to the page without them.
    """

    last_at: datetime | None
    month: Link | None
    unknown: list[Unknown]
    everything: Link


def nothing(data: Data, repo: str, parameters: Parameters, more: Mapping[str, str] | None = None) -> Nothing:
    """Of a page of that repo that found no builds; `more` are parameters of the page alone, which stay."""

    def link(name: str, to: Parameters) -> Link:
        return Link(name, f"?{urlencode({**to.said(), **(more or {})})}")

    everything = link("all builds", parameters.unfiltered())
    last_at = _last_at(data, repo, parameters)
    if last_at is not None:
        month = month_of(last_at, parameters)
        return Nothing(last_at, link(month.name, month.parameters), [], everything)
    choices = data.choices(repo, parameters.model_copy(update=_EVER | {"since": None}))
    unknown = []
    for name, value in parameters.filters.items():
        if _last_at(data, repo, parameters.unfiltered().filtered(**{name: value})) is None:
            close = nearest(value, choices[name])
            others = [each for each in choices[name] if each not in close][:OTHERS]
            unknown.append(
                Unknown(
                    FILTERS[name].label,
                    value,
                    [link(each, parameters.filtered(**{name: each})) for each in close],
                    [link(each, parameters.filtered(**{name: each})) for each in others],
                    link(f"builds of any {FILTERS[name].label}", parameters.filtered(**{name: None})),
                )
            )
    return Nothing(None, None, unknown, everything)


def _last_at(data: Data, repo: str, parameters: Parameters) -> datetime | None:
    """When the last build of all times ended that the filters let through."""
    found = data.builds(repo, parameters.model_copy(update=_EVER), 1, 0)
    return found[0]["finished_at"] if found else None
