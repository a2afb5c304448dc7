"""The filters of a form: each with what can be chosen, and what is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildtimetrend.filters import FILTERS
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.params import Parameters


@dataclass(frozen=True, slots=True)
class FilterField:
    """`name` is that of the parameter, `offered` has what each value is called; `chosen` is empty for all."""

    name: str
    label: str
    offered: Mapping[str, str]
    chosen: str


def filter_fields(data: Data, repo: str, parameters: Parameters) -> list[FilterField]:
    """What is chosen is offered, whatever the choices are."""
    choices, given = data.choices(repo, parameters), parameters.filters
    labels = {"pipeline": {one.reference: one.label for one in data.pipelines(repo)}}
    return [
        FilterField(row.parameter, row.label, _offered(chosen, values, labels.get(row.name, {})), chosen)
        for row in FILTERS.values()
        for chosen, values in [(given.get(row.name, ""), choices[row.name])]
        if chosen or len(values) > 1 or not row.optional
    ]


def _offered(chosen: str, values: Sequence[str], labels: Mapping[str, str]) -> dict[str, str]:
    first = [chosen] if chosen and chosen not in values else []
    return {value: labels.get(value, value) for value in (*first, *values)}
