"""The parameters of charts and pages, by the names of the old service: one definition for API and pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)

from buildtimetrend.errors import NotFound
from buildtimetrend.filters import FILTERS, Filter
from buildtimetrend.model import Query
from buildtimetrend.timeframes import INTERVALS, interval_of, window
from buildtimetrend.wrong_values import wrong

# Minutes that the answer to a query may be old, by timeframe; a page is not refreshed more often.
CACHE_MAX_AGE = {"day": 5, "week": 10, "month": 10, "year": 30}
# Points in time on one chart: more than any screen shows, less than what would hurt.
MAX_BUCKETS = 10_000
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII)


def _iso_8601(value: object) -> object:
    """Text in that form, unchanged: a number would be taken for seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _ISO_8601.fullmatch(value)):
        return value
    raise ValueError("must be an instant in ISO 8601, such as 2026-03-01 or 2026-03-01T12:00:00Z")


def _utc(value: datetime) -> datetime:
    if not 1970 <= value.year <= 2200:
        raise ValueError("must be between the years 1970 and 2200")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Instant: TypeAlias = Annotated[datetime, BeforeValidator(_iso_8601), AfterValidator(_utc)]
Text: TypeAlias = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
M = TypeVar("M", bound=BaseModel)


def with_fields(fields: Mapping[str, Any]) -> Callable[[type[M]], type[M]]:
    """Decorates a model: it gets these fields too, each a type and a `Field`."""

    def extended(model: type[M]) -> type[M]:
        return create_model(
            model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **fields
        )

    return extended


def _parameter(row: Filter) -> tuple[Any, Any]:
    return (row.values or Text) | None, Field(default=None, description=row.help)


def _typed(row: Filter, value: str | None) -> str | None:
    """As a validated field has it."""
    return row.values(value) if row.values and value else value


@with_fields({row.parameter: _parameter(row) for row in FILTERS.values()})
class Parameters(BaseModel):
    """`since` and `until` replace the timeframe; without a time zone they are UTC."""

    model_config = ConfigDict(frozen=True)

    timeframe: Literal["day", "week", "month", "year"] = Field(
        default="week", description="day (today), week (7 days), month (30 days) or year (52 weeks)"
    )
    refresh: int = Field(
        default=0, ge=0, le=100_000, description="minutes after which a page loads itself again; 0 for never"
    )
    since: Instant | None = Field(default=None, description="start of the range, included")
    until: Instant | None = Field(default=None, description="end of the range, not included")
    interval: Literal["hour", "day", "week"] | None = Field(
        default=None,
        description="bucket of charts over time; else the timeframe's, or with since what suits the range",
    )

    @model_validator(mode="after")
    def _range_is_sound(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            raise ValueError("since must be before until")
        since, until, interval = self.range(datetime.now(UTC))
        if since >= until:
            raise ValueError("since must be before until, which is now unless given")
        if (until - since) / INTERVALS[interval] > MAX_BUCKETS:
            raise ValueError(f"since and until are too far apart for an interval of one {interval}")
        return self

    def range(self, now: datetime) -> tuple[datetime, datetime, str]:
        """[since, until) and the interval."""
        since, until, interval = window(self.timeframe, self.until or now)
        if self.since:
            since, interval = self.since, interval_of(until - self.since)
        return since, until, self.interval or interval

    def query(self, repo: str) -> Query:
        since, until, interval = self.range(datetime.now(UTC))
        return Query(
            repo=repo,
            since=since,
            until=until,
            interval=interval,
            filters=self.filters,
        )

    @property
    def filters(self) -> dict[str, str]:
        """The values of those that are set, by the filters' names."""
        given = {row.name: getattr(self, row.parameter) for row in FILTERS.values()}
        return {name: value for name, value in given.items() if value}

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for parameters that ask for the same."""
        return tuple(getattr(self, name) for name in Parameters.model_fields if name != "refresh")

    def said(self) -> dict[str, Any]:
        """All that is set, as addresses have it, but `refresh`."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"refresh"})

    def unfiltered(self) -> Parameters:
        return self.filtered(**dict.fromkeys(FILTERS))

    def filtered(self, **changes: str | None) -> Parameters:
        """The same with other filters, by their names; None takes one away."""
        return self.model_copy(
            update={FILTERS[name].parameter: _typed(FILTERS[name], value) for name, value in changes.items()}
        )

    @property
    def refresh_minutes(self) -> int:
        """`refresh`, never below the maximum age of what a page shows; 0 for never."""
        return max(self.refresh, CACHE_MAX_AGE[self.timeframe]) if self.refresh else 0


@dataclass(frozen=True, slots=True)
class Lenient:
    """What a page makes of its parameters, with a note for each that it could not use."""

    parameters: Parameters
    notes: list[str]
    rejected: list[str]  # names of parameters


def lenient(given: Mapping[str, str]) -> Lenient:
    """For pages: a value that is not allowed gives way to its default."""
    usable = {name: value for name in Parameters.model_fields if (value := given.get(name, "").strip())}
    notes: list[str] = []
    rejected: list[str] = []
    while True:
        try:
            return Lenient(Parameters.model_validate(usable), notes, rejected)
        except ValidationError as error:
            problems = error.errors(include_url=False)
        for problem in problems:
            # A rule about several fields has no name: then the range is what is wrong.
            names = [str(problem["loc"][0])] if problem["loc"] else ["since", "until", "interval"]
            notes.append(f"{', '.join(names)}: {wrong(problem)}. The default is used instead.")
            rejected += names
            for name in names:
                usable.pop(name, None)


def slug(path: str) -> str:
    """A repo's name out of a path. Raises `NotFound` unless it has two segments or more."""
    name = path.strip("/")
    if "/" not in name or "\0" in name or len(name) > 1000 or {"", ".", ".."} & {*name.split("/")}:
        raise NotFound("A repo is named by owner and name, as owner/name.", detail="repo")
    return name
