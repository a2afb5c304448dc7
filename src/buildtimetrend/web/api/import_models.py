"""Wire shapes of imports and of their tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from buildtimetrend.model import Origin, TaskState
from buildtimetrend.providers import PROVIDERS

LARGEST_NUMBER = 10**12 - 1  # ids of runs of GitHub have eleven digits


class NewImport(BaseModel):
    provider: str = Field(default=next(iter(PROVIDERS)), max_length=100, description="the CI system")
    repo: str = Field(min_length=1, max_length=1000, description="owner/name, or the address of a page of it")
    builds: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="in place of first and last: latest 100, since 90 days, since 2026-01-31, 5 or 1-500",
    )
    whole: bool = Field(
        default=False,
        description="with builds in words: all of them, listed page by page meanwhile; "
        "else no more than multi_import.max_builds",
    )
    first: int | None = Field(default=None, ge=1, le=LARGEST_NUMBER, description="number of the first build")
    last: int | None = Field(
        default=None,
        ge=1,
        le=LARGEST_NUMBER,
        description="number of the last build; the first's when not given",
    )


class Created(BaseModel):
    id: str
    scheduled: int
    listing: bool = Field(default=False, description="whether there are more, which are listed meanwhile")
    warnings: list[str]


Patterns = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]


class NewImports(BaseModel):
    """Whole histories of an owner's repos: an organisation's, a group's or a person's."""

    provider: str = Field(default=next(iter(PROVIDERS)), max_length=100, description="the CI system")
    owner: str = Field(min_length=1, max_length=1000, description="its name at the CI, or its address there")
    builds: str = Field(
        default="latest",
        min_length=1,
        max_length=200,
        description="of each repo: latest 100, since 90 days, since 2026-01-31",
    )
    include: Patterns = Field(
        default=[], description="of repos, as web-* or owner/web-*; all if there are none"
    )
    exclude: Patterns = Field(default=[], description="of repos that are left out")


class CreatedImport(BaseModel):
    id: str
    repo: str


class CreatedAll(BaseModel):
    imports: list[CreatedImport]


class RateLimit(BaseModel):
    """How many requests the CI answers until `resets_at`."""

    limit: int
    remaining: int
    resets_at: datetime


class Reason(BaseModel):
    """Why `builds` of an import failed, or wait for another try; the next of them has it at `next_try_at`."""

    state: Literal["failed", "waiting"]
    reason: str
    builds: int
    number: str | None = Field(description="of one of them")
    next_try_at: datetime | None


class Import(BaseModel):
    """Progress: how many of the `total` builds are in each state. `finished_at` is null while one is open."""

    id: str
    provider: str
    repo: str
    first: int
    last: int
    selection: str | None = Field(description="what was asked for, in words, if not first to last")
    created_at: datetime
    finished_at: datetime | None
    finishes_at: datetime | None = Field(
        description="when it may end, by the rate of its last builds; null when that is not known"
    )
    total: int
    waiting: int
    running: int
    done: int
    failed: int
    canceled: int
    absent: int = Field(description="numbers that there is no build of")
    reasons: list[Reason] = Field(description="the most frequent ten, of failed builds first")
    known: bool = Field(description="whether the repo has builds here, and so a page")
    instance: str | None = Field(description="address of the CI that its builds are of")
    listing: bool = Field(description="whether there may be more builds, which are listed meanwhile")
    requests: int | None = Field(
        description="to its CI since the service started; null where others than the service ask it"
    )
    rate_limit: RateLimit | None = Field(description="as its CI said last; null where it says none")
    current: bool = Field(description="whether the settings name that CI now; if not, its builds wait")


class Imports(BaseModel):
    imports: list[Import]


class Task(BaseModel):
    """Collect one build. `reason` says why it failed, or why it is tried again."""

    id: str
    provider: str
    instance: str
    repo: str
    build_id: str | None
    number: str | None
    origin: Origin
    state: TaskState
    tries: int
    reason: str | None
    import_id: str | None
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None


class Tasks(BaseModel):
    tasks: list[Task]


class Canceled(BaseModel):
    canceled: int


class Retried(BaseModel):
    id: str


class RetriedAll(BaseModel):
    retried: int
