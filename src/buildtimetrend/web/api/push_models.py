"""Wire shapes of builds that are pushed. What a build, job and step may have, `store/documents.py` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, Field, SkipValidation, StringConstraints, ValidationError

from buildtimetrend.errors import Invalid
from buildtimetrend.model import Result
from buildtimetrend.providers.addresses import web_address
from buildtimetrend.store.documents import Id, PushedBuild, PushedJob, known
from buildtimetrend.web.api.models import SLUG, ErrorBody
from buildtimetrend.wrong_values import wrong

MOST_BUILDS = 500  # of one request
MOST_JOBS = 10_000  # of one build
MOST_SAID = 20  # wrong fields that an error names
INSTANTS = ("queued_at", "started_at", "finished_at")
AHEAD = timedelta(days=1)  # clocks of CI systems differ
_PATH_PART = r"^[^/\x00-\x20]+$"  # of the address of a build's page


def _slug(value: str) -> str:
    if not re.fullmatch(SLUG, value):
        raise ValueError("must be owner/name, of letters, digits, '.', '_', '~' and '-'")
    return value


def _address(value: str) -> str:
    if web_address(value) is None:
        raise ValueError("must be an http:// or https:// URL")
    return value


Host: TypeAlias = Annotated[
    str,
    Field(max_length=300, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$"),
]
Address: TypeAlias = Annotated[str, Field(max_length=2000), AfterValidator(_address)]


class NewBuild(PushedBuild):
    """A build that has ended, with its jobs and their steps. Durations follow from the instants."""

    provider: str = Field(
        pattern=r"^[a-z][a-z0-9_-]*$",
        max_length=50,
        description="kind of CI system, such as travis or github",
    )
    instance: Annotated[Address, AfterValidator(known)] = Field(description="base URL of that CI system")
    repo: Annotated[str, Field(max_length=1000), AfterValidator(_slug)] = Field(description="owner/name")
    id: Id = Field(min_length=1, max_length=500, description="the CI's own")
    number: str = Field(pattern=_PATH_PART, max_length=100)
    result: Result
    pipeline: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        default="", description="the CI's stable key of what it runs, such as a workflow's file"
    )
    code_host: Host | None = Field(default=None, description="where the repo lives, such as github.com")
    url: Address | None = Field(default=None, description="of its page at the CI")
    jobs: list[PushedJob] = Field(default=[], max_length=MOST_JOBS)


class NewBuilds(BaseModel):
    """A batch: each build is stored or refused by itself."""

    builds: list[NewBuild] = Field(min_length=1, max_length=MOST_BUILDS)


class Stored(BaseModel):
    """The attempt that a build was stored as; 0 if what is stored of it is newer."""

    attempt: int


class Refused(BaseModel):
    error: ErrorBody


class Pushed(BaseModel):
    """An answer for each build, in the order in which they came."""

    stored: int
    refused: int
    results: list[Stored | Refused]


# Each build is validated by itself, so that a wrong one does not lose the others.
Given: TypeAlias = Annotated[NewBuild | NewBuilds, SkipValidation]


def read(document: Any) -> NewBuild:
    """Raises `Invalid`, whose message says of each wrong field what it must be."""
    try:
        build = NewBuild.model_validate(document)
    except ValidationError as error:
        raise invalid(error) from None
    if ahead := list(_ahead(build, datetime.now(UTC) + AHEAD)):
        named = ", ".join(ahead[:MOST_SAID])
        raise Invalid(f"{named}: must not be more than a day ahead, since the build has ended.", detail=named)
    return build


def _ahead(build: NewBuild, latest: datetime) -> Iterator[str]:
    """Such a build would be the newest one for good."""
    jobs = ((f"jobs.{place}.", job) for place, job in enumerate(build.jobs))
    for path, one in (("", build), *jobs):
        for name in INSTANTS:
            at = getattr(one, name)
            if at is not None and at > latest:
                yield f"{path}{name}"


def invalid(error: ValidationError) -> Invalid:
    """Names every wrong field by its path, as `jobs.0.steps.2.started_at`, up to a number of them."""
    problems = error.errors(include_url=False, include_input=False)
    said = {".".join(str(part) for part in problem["loc"]) or "build": wrong(problem) for problem in problems}
    named = list(said.items())[:MOST_SAID]
    more = f" And {len(said) - MOST_SAID} more." if len(said) > MOST_SAID else ""
    message = " ".join(f"{path}: {what}." for path, what in named)
    return Invalid(message + more, detail=", ".join(path for path, _ in named))
