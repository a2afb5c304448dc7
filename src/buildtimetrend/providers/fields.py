"""Typed reading of somebody else's JSON: every wrong or missing field is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


def is_id(text: str) -> bool:
    """Whether it may be an id or a number of theirs."""
    return bool(_ID.fullmatch(text))


TOP = "(top)"  # the path of what is below no field


class WrongField(Exception):
    """A field is missing or of another type. `path` is such as `jobs[2].state`."""

    def __init__(self, path: str, wanted: str) -> None:
        about = "The JSON as a whole" if path == TOP else f"The field '{path}'"
        super().__init__(f"{about} must be {wanted}.")
        self.path = path


class Fields:
    """A JSON object. Its methods raise `WrongField` for a value of another type, and for a missing one
    too unless they are called `maybe_…`: those answer None for missing and null.
    """

    __slots__ = ("_path", "_values")

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise WrongField(path or TOP, "an object")
        self._values = value
        self._path = path

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str) -> object:
        return self._values.get(name)

    def text(self, name: str) -> str:
        value = self.maybe_text(name)
        if not value:
            raise WrongField(self.path(name), "a text that is not empty")
        return value

    def maybe_text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise WrongField(self.path(name), "a text")
        return value.replace("\0", "")  # which no PostgreSQL text can hold

    def id(self, name: str) -> str:
        """A non-negative whole number, given as number or text."""
        value = self.maybe_id(name)
        if value is None:
            raise WrongField(self.path(name), "a number")
        return value

    def maybe_id(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if not is_id(text):
            raise WrongField(self.path(name), "a number")
        return text

    def maybe_flag(self, name: str) -> bool | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise WrongField(self.path(name), "true or false")
        return value

    def maybe_time(self, name: str) -> datetime | None:
        value = self.maybe_text(name)
        if not value:
            return None
        try:
            time = datetime.fromisoformat(value)
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except (ValueError, OverflowError):
            raise WrongField(self.path(name), "an instant such as 2019-05-31T10:27:47Z") from None

    def fields(self, name: str) -> Fields:
        return Fields(self._values.get(name), self.path(name))

    def maybe_fields(self, name: str) -> Fields | None:
        value = self._values.get(name)
        return None if value is None else Fields(value, self.path(name))

    def maybe_each(self, name: str) -> Iterator[Fields]:
        return iter(()) if self._values.get(name) is None else self.each(name)

    def each(self, name: str) -> Iterator[Fields]:
        values = self._values.get(name)
        if not isinstance(values, list):
            raise WrongField(self.path(name), "a list")
        return (Fields(value, f"{self.path(name)}[{i}]") for i, value in enumerate(values))
