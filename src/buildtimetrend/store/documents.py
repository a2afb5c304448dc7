"""Builds as JSON documents: what one instance pushes to another, and what anybody may push.

`document_of` and `build_of` undo each other. A document has the names of `model.Build`; instants are ISO
8601, those of steps with nanoseconds, and durations follow from them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar, cast, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic import Field as Field_

from buildtimetrend.fields import REQUIRED, Field, fields_of
from buildtimetrend.model import NEVER, Build, Exit, Job, Matrix, PullRequest, Result, Step, Worker
from buildtimetrend.store.columns import LARGEST, utc
from buildtimetrend.store.rows import LAST_NS
from buildtimetrend.store.text import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WITH_FRACTION = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
MOST_ATTEMPTS = 1_000_000  # far below what a column holds: the next attempt has its number still
# Bytes of what builds and jobs are known by: several of them share an entry of PostgreSQL's indexes, and one
# that is cut could be another's.
LONGEST_ID = 500
_NO_INSTANT = "must be an instant in ISO 8601, such as 2024-03-01T12:00:00.5Z"


def _nanoseconds(value: object) -> int:
    found = _WITH_FRACTION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(_NO_INSTANT)
    seconds, fraction, zone = found.groups()
    try:
        whole = datetime.fromisoformat(seconds + (zone or "Z")) - _EPOCH
    except ValueError:
        raise ValueError(_NO_INSTANT) from None
    return (whole.days * 86_400 + whole.seconds) * 10**9 + int((fraction or "").ljust(9, "0"))


def _nanoseconds_of_step(value: object) -> int:
    found = _nanoseconds(value)
    if not 0 <= found <= LAST_NS:
        raise ValueError("must lie between the years 1970 and 9999")
    return found


def _instant(value: object) -> object:
    if value is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=_nanoseconds(value) // 1000)
    except OverflowError:
        raise ValueError(_NO_INSTANT) from None


def known(value: str) -> str:
    """What something is known by. Raises ValueError when it is longer than an index can hold."""
    if len(clean(value).encode()) > LONGEST_ID:
        raise ValueError(f"must have {LONGEST_ID} bytes at most")
    return value


_AS_TEXT = WithJsonSchema({"type": "string", "format": "date-time"})
_AS_TEXT_OR_NULL = WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]})
Instant: TypeAlias = Annotated[datetime | None, BeforeValidator(_instant), _AS_TEXT_OR_NULL]
Nanoseconds: TypeAlias = Annotated[int, BeforeValidator(_nanoseconds_of_step), _AS_TEXT]
Id: TypeAlias = Annotated[str, AfterValidator(known)]
Strict: TypeAlias = Annotated[bool, Field_(strict=True)]
Number: TypeAlias = Annotated[int, Field_(strict=True, ge=-LARGEST, le=LARGEST)]
Count: TypeAlias = Annotated[int, Field_(strict=True, ge=0, le=2**31 - 1)]
Seconds: TypeAlias = Annotated[float, Field_(strict=True, allow_inf_nan=False)]


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


Shape = TypeVar("Shape", bound=BaseModel)


def _of(noun: Any, *without: str) -> Callable[[type[Shape]], type[Shape]]:
    """Gives a document the fields that the noun has and it does not say itself."""

    def complete(shape: type[Shape]) -> type[Shape]:
        missing: dict[str, Any] = {
            field.name: (_type(field), _told(field))
            for field in fields_of(noun)
            if field.name not in shape.model_fields and field.name not in without
        }
        whole = create_model(shape.__name__, __base__=shape, __doc__=shape.__doc__, **missing)
        _DOCUMENTS[noun] = whole
        return whole

    return complete


_DOCUMENTS: dict[Any, type[BaseModel]] = {}
_STRICT: dict[Any, Any] = {bool: Strict, int: Number, float: Seconds}


def _type(field: Field) -> Any:
    if field.kind is datetime:
        return Instant
    if field.noun is not None:
        of = _DOCUMENTS[field.noun]
        kind: Any = of if field.kind is field.noun else list[of]  # type: ignore[valid-type]
    elif get_origin(field.kind) is tuple:
        kind = list[str]
    elif get_origin(field.kind) is Mapping:
        kind = dict[str, str]
    else:
        kind = _STRICT.get(field.kind, field.kind)
    return kind | None if field.optional else kind


def _told(field: Field) -> Any:
    if field.default is REQUIRED:
        return Field_(description=field.says)
    default = field.default
    if field.noun is not None and default is not None:
        default = [] if isinstance(default, tuple) else _DOCUMENTS[field.noun]()
    elif isinstance(default, tuple | Mapping):
        default = list(default) if isinstance(default, tuple) else dict(default)
    return Field_(default=default, description=field.says)


_OF_TIME = ("started_ns", "finished_ns")


@_of(Step, *_OF_TIME)
class PushedStep(Document):
    """One timed part of a job. `depth` counts the steps around it. One that did not run has no instants."""

    phase: str = ""
    command: str | None = None
    started_at: Nanoseconds | None = None
    finished_at: Nanoseconds | None = None
    depth: Count = 0

    @model_validator(mode="after")
    def _has_both_times(self) -> PushedStep:
        if (self.started_at is None) != (self.finished_at is None):
            raise ValueError("must have started_at and finished_at, or neither if it did not run")
        return self


@_of(Worker)
class PushedWorker(Document):
    """The machine that ran a job."""


@_of(Exit)
class PushedExit(Document):
    """How a job's log ends."""


@_of(Matrix)
class PushedMatrix(Document):
    """A job's entry in the build matrix."""


@_of(PullRequest)
class PushedPullRequest(Document):
    """What a build is to be merged by."""


@_of(Job)
class PushedJob(Document):
    """One unit run on one worker. `raw_result` is the CI's own word, else as `result`."""

    id: Id = Field_(description="the CI's own")
    number: str | None = None
    result: Result | None = None
    raw_result: str | None = None


@_of(Build)
class PushedBuild(Document):
    """One run of the CI for one commit, with its jobs, of which the same id is stored but once."""

    provider: Id = Field_(description="kind of CI system, such as travis or github")
    instance: Id = Field_(description="base URL of that CI system")
    id: Id = Field_(description="the CI's own")
    number: Id = Field_(description="within its pipeline")
    attempt: Annotated[int, Field_(strict=True, ge=1, le=MOST_ATTEMPTS)] | None = Field_(
        default=None, description="from 1; left out where the CI does not number re-runs"
    )
    raw_result: str | None = Field_(default=None, description="in the CI's own word, else as result")
    repo_id: Id | None = Field_(default=None, description="the CI's own id of the repo: survives a rename")


def build_of(pushed: PushedBuild) -> Build:
    """The build that a document says."""
    return cast(Build, _noun(Build, pushed))


def _noun(noun: Any, document: Any) -> Any:
    if noun is Step:
        return _step_of(document)
    given = {field.name: _value(field, getattr(document, field.name)) for field in fields_of(noun)}
    if "raw_result" in given and given["raw_result"] is None:
        given["raw_result"] = document.result.value if document.result else ""
    return noun(**given)


def _value(field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_noun(field.noun, each) if field.noun else each for each in value)
    return _noun(field.noun, value) if field.noun and value is not None else value


def document_of(value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """What `orjson` writes of a build, or of any other noun of the model.

    Text is what a database can hold. What no column can hold is left out, as it is where a build is stored: a
    step outside the calendar, a number that is none or beyond 63 bits. Raises TypeError for anything else.
    """
    match value:
        case None | bool():
            return value
        case Enum():
            return value.value
        case str():
            return clean(value)
        case int():
            return value if abs(value) <= LARGEST else None
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return utc(value).isoformat()
        case Step():
            return _step(value)
        case tuple() | list():
            return [
                document_of(each) for each in value if not isinstance(each, Step) or _is_in_calendar(each)
            ]
        case Mapping():
            return {clean(name): document_of(each) for name, each in value.items()}
        case _ if is_dataclass(value):
            return {name: document_of(getattr(value, name)) for name in _names(value.__class__)}
    raise TypeError(f"{value!r} is nothing that a build has")


@cache
def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


def _step_of(pushed: Any) -> Step:
    started, finished = pushed.started_at, pushed.finished_at
    if started is None or finished is None:
        started = finished = NEVER
    given = {name: getattr(pushed, name) for name in Step._fields if name not in _OF_TIME}
    return Step(**given, started_ns=started, finished_ns=finished)


def _step(step: Step) -> dict[str, Any]:
    return {
        **{name: document_of(getattr(step, name)) for name in Step._fields if name not in _OF_TIME},
        "started_at": _iso(step.started_ns) if step.ran else None,
        "finished_at": _iso(step.finished_ns) if step.ran else None,
    }


def _is_in_calendar(step: Step) -> bool:
    return not step.ran or (0 <= step.started_ns <= LAST_NS and 0 <= step.finished_ns <= LAST_NS)


def _iso(ns: int) -> str:
    seconds, fraction = divmod(ns, 10**9)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{fraction:09}Z"
