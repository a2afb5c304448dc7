"""Wrong values are told of in words of ours, whatever they are and whatever they should have been."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from buildtimetrend.wrong_values import wrong


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


HINTS: list[Any] = [
    int,
    float,
    bool,
    str,
    bytes,
    datetime,
    Colour,
    Thing,
    Literal["day", "week"],
    list[int],
    dict[str, int],
    tuple[int, str],
    int | None,
    Annotated[int, Field(ge=1, le=9)],
    Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)],
    Annotated[str, Field(min_length=2, max_length=3)],
    Annotated[str, Field(pattern="^[a-z]+$")],
    Annotated[list[int], Field(min_length=2, max_length=3)],
]
VALUES: list[Any] = [
    None, 0, -1, 10, 1.5, float("nan"), float("inf"), True, "", "x", "xxxx", "1.5", "X-X", b"\xff", [], ["x"],
    [1] * 4, {}, {"a": "b"}, {"name": "a", "other": 1}, object(),
]  # fmt: skip


@pytest.mark.parametrize("hint", HINTS, ids=str)
def test_no_message_is_the_library_s(hint: Any) -> None:
    said = [
        wrong(problem)
        for value in VALUES
        for strict in (False, True)
        for problem in _problems(hint, value, strict=strict)
    ]
    assert said
    for message in said:
        assert message.startswith(("must ", "is ")), message
        assert "nput" not in message
        assert "should" not in message
        assert not message.endswith(".")


def _problems(hint: Any, value: Any, *, strict: bool) -> list[Any]:
    try:
        TypeAdapter(hint).validate_python(value, strict=strict)
    except ValidationError as error:
        return list(error.errors())
    return []
