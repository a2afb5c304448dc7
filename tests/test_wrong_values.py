"""Wrong values are told of in words of ours, whatever they are and whatever they should have been."""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

import buildtimetrend as package
from buildtimetrend.wrong_values import PATTERNS, wrong


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


@pytest.mark.parametrize(
    ("hint", "value", "said"),
    [
        (Annotated[str, Field(min_length=1)], "", "must not be an empty text"),
        (Annotated[list[int], Field(min_length=1)], [], "must not be an empty list"),
        (Annotated[float, Field(ge=0.0)], -1, "must be 0 or more"),
        (Annotated[float, Field(le=604800.0)], 1e9, "must be 604800 or less"),
        (Annotated[float, Field(le=0.5)], 1, "must be 0.5 or less"),
    ],
)
def test_a_limit_is_told_as_people_say_it(hint: Any, value: Any, said: str) -> None:
    assert [wrong(problem) for problem in _problems(hint, value, strict=False)] == [said]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_a_pattern_allows_is_told_in_words(pattern: str) -> None:
    [problem] = _problems(Annotated[str, Field(pattern=pattern)], "\0", strict=False)
    assert pattern not in wrong(problem)


def test_every_pattern_of_ours_has_its_words() -> None:
    """Where fields are declared: one that is not told in words is new."""
    sources = [file.read_text(encoding="utf-8") for file in Path(package.__file__).parent.rglob("*.py")]
    declared = {
        found for text in sources for found in re.findall(r'(?:pattern=|_PATH_PART = )r"([^"]+)"', text)
    }
    assert declared == set(PATTERNS)


def _problems(hint: Any, value: Any, *, strict: bool) -> list[Any]:
    try:
        TypeAdapter(hint).validate_python(value, strict=strict)
    except ValidationError as error:
        return list(error.errors())
    return []
