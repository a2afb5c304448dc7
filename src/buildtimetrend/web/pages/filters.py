"""The filters of a form: each with what can be chosen, and what is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildtimetrend.filters import FILTERS
from buildtimetrend.web.params import Parameters


@dataclass(frozen=True, slots=True)
class FilterField:
    """`name` is that of the parameter; `chosen` is empty for all."""

    name: str
    label: str
    offered: Sequence[str]
    chosen: str


def filter_fields(parameters: Parameters, choices: Mapping[str, Sequence[str]]) -> list[FilterField]:
    """What is chosen is offered, whatever the choices are."""
    return [
        FilterField(row.parameter, row.label, _with(chosen, choices[row.name]), chosen)
        for row in FILTERS.values()
        for chosen in [parameters.filters.get(row.name, "")]
    ]


def _with(chosen: str, offered: Sequence[str]) -> Sequence[str]:
    return [chosen, *offered] if chosen and chosen not in offered else offered
