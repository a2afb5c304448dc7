"""What builds and jobs are filtered by: one table, which parameters of pages, API and badges, forms, choices,
conditions in SQL and sums over steps follow.

A new filter is a row here, over columns that jobs or builds have already; a new fact needs a field of the
model and a schema change first. Sums that lack its column are not read where it is set: slower, never wrong.
A value that means ids, as a pipeline's, is looked up in `store/reads/filters.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias, get_args

from buildtimetrend.model import Result

# `step_day` keeps the sums of steps that were dropped, `step_week` those of all steps of a week. Of a week
# `job_week` has the number of jobs, and `choice_week` what there is to choose from.
Table: TypeAlias = Literal["job", "build", "step_day", "step_week", "job_week", "choice_week"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A dimension. `name` is that of `Query.filters` and of the list of its choices in the API.

    `columns` are those that have its value, by table. Builds are filtered by a column of jobs alone through
    their jobs, and jobs by a column of builds alone through their builds. Weeks are summed up from jobs and
    days, and those from jobs. `values` is what it can be, unless that is any text. An `optional` one is not
    on forms where there is nothing to choose from. Of an `apart` one a job may have another than its build.
    """

    name: str
    parameter: str
    label: str
    help: str
    columns: Mapping[Table, str]
    values: type[StrEnum] | None = None
    apart: bool = False
    optional: bool = False

    def __post_init__(self) -> None:
        if not self.columns.keys() & {"job", "build"}:
            raise ValueError(f"{self.name}: neither jobs nor builds have a column of it")
        for sums, source in (("step_week", "step_day"), ("step_day", "job")):
            if sums in self.columns and source not in self.columns:
                raise ValueError(f"{self.name}: {sums} has it, but not {source}, which it is summed up from")

    @property
    def short(self) -> str:
        """The parameter of badges, which have few others."""
        return self.parameter.removeprefix("filter_")


_ROWS = (
    Filter(
        name="pipeline",
        parameter="filter_pipeline",
        label="pipeline",
        help="pipeline: its key or name, the CI system of one without a key, or its id",
        # Of ids: store/reads/pipelines.py says which pipelines a value names.
        columns=dict.fromkeys(get_args(Table), "pipeline"),
        optional=True,
    ),
    Filter(
        name="job",
        parameter="filter_job",
        label="job",
        help="name of the job",
        columns={"job": "name", "step_day": "job", "choice_week": "name"},
        optional=True,
    ),
    Filter(
        name="build_matrix",
        parameter="filter_build_matrix",
        label="build matrix",
        help="build matrix, as python 2.7 linux",
        columns={"job": "matrix", "step_day": "matrix", "choice_week": "matrix"},
    ),
    Filter(
        name="result",
        parameter="filter_build_result",
        label="result",
        help="result: builds by their own, jobs and steps by the job's",
        columns={"job": "result", "build": "result", "step_day": "result", "choice_week": "result"},
        values=Result,
        apart=True,
    ),
    Filter(
        name="trigger",
        parameter="filter_build_trigger",
        label="trigger",
        help="what triggered the build: push, pull_request, …",
        columns={"job": "trigger", "build": "trigger", "step_day": "trigger", "choice_week": "trigger"},
    ),
    Filter(
        name="branch",
        parameter="filter_branch",
        label="branch",
        help="branch that was built",
        columns={"job": "branch", "build": "branch", "step_day": "branch", "choice_week": "branch"},
    ),
)
FILTERS: Mapping[str, Filter] = {row.name: row for row in _ROWS}


def of_table(table: Table) -> list[Filter]:
    """Those that the table has a column of."""
    return [row for row in FILTERS.values() if table in row.columns]


def covers(table: Table, names: Iterable[str]) -> bool:
    """Whether the table has a column of each of them. Raises `KeyError` for one that there is not."""
    return all(table in FILTERS[name].columns for name in names)
