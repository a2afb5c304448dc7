"""How GitHub shows a job: from its definition to the names that it may have, with its matrix' values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from buildtimetrend.providers.github.job_names import CUT, is_cut
from buildtimetrend.providers.github.workflows.definitions import JobDefinition
from buildtimetrend.providers.github.workflows.matrices import Combination, flat

_OPENS, _CLOSES = "${{", "}}"
_OF_MATRIX = re.compile(r"\s*matrix\.(?P<path>[\w.-]+)\s*")
LONGEST_TEMPLATE = 2000  # characters of a name with its expressions: what follows is open


@dataclass(frozen=True)
class Shape:
    """`parts` are texts, and None for what only the run knew. `values` is the matrix, `shown` of it all
    behind the name, in brackets.
    """

    parts: tuple[str | None, ...]
    values: Mapping[str, str]
    shown: str | None = None

    @cached_property
    def weight(self) -> int:
        """How much of a name it explains: of two that fit, the one that leaves less open is meant."""
        return sum(len(part) for part in self.parts if part is not None)

    def fits(self, name: str) -> bool:
        """The whole of a name, or what is left of one that was cut."""
        return self._is_all_of(name, len(name)) or (is_cut(name) and self._begins(name[: -len(CUT)]))

    def ends_in(self, name: str, separator: str) -> Iterator[int]:
        """Where it may end in a name that goes on behind the separator."""
        start = name.find(separator)
        while start >= 0:
            if self._is_all_of(name, start):
                yield start
            start = name.find(separator, start + 1)

    def _is_all_of(self, name: str, end: int) -> bool:
        """Whether it may be what stands before `end`. Each text is looked for once, where it may begin first:
        no name, and no number of parts, makes that long.
        """
        if self.weight > end:
            return False
        if None not in self.parts:
            return name[:end] == "".join(part or "" for part in self.parts)
        first, last = self.parts[0] or "", self.parts[-1] or ""
        if not (name.startswith(first, 0, end) and name.endswith(last, len(first), end)):
            return False
        start, end = len(first), end - len(last)
        for text in filter(None, self.parts[1:-1]):
            place = name.find(text, start, end)
            if place < 0:
                return False
            start = place + len(text)
        return True

    def _begins(self, start: str) -> bool:
        literal = self.parts[0] or "" if self.parts else ""
        if len(self.parts) == 1:
            return literal.startswith(start)
        return literal.startswith(start) or start.startswith(literal)


def shapes_of(job: JobDefinition) -> Iterator[Shape]:
    """Also as one that was skipped: then GitHub expands neither matrix nor name."""
    template = job.name or job.key
    if job.matrix is None:
        yield Shape(_parts(template, None), {})
        if not _names_matrix(template):
            yield Shape(_joined([*_parts(template, None), " (", None, ")"]), {})
    for combination in job.matrix or ():
        yield _of_combination(template, combination)
    if not job.matrix:
        yield Shape(_parts(template, None), {})
    yield Shape((template,), {})


def _of_combination(template: str, combination: Combination) -> Shape:
    values = dict(flat(combination))
    parts = _parts(template, values)
    inside = ", ".join(value for value in values.values() if value)
    if _names_matrix(template) or not inside:
        return Shape(parts, values)
    return Shape(_joined([*parts, f" ({inside})"]), values, inside)


def _names_matrix(template: str) -> bool:
    return any("matrix" in expression for _, expression in _pieces(template) if expression)


def _parts(template: str, values: Mapping[str, str] | None) -> tuple[str | None, ...]:
    parts: list[str | None] = []
    for text, expression in _pieces(template):
        parts.append(text)
        if expression is not None:
            of_matrix = _OF_MATRIX.fullmatch(expression)
            parts.append(_value(of_matrix["path"], values) if of_matrix and values is not None else None)
    return _joined(parts)


def _pieces(template: str) -> Iterator[tuple[str, str | None]]:
    """Texts, each with what stands between the braces behind it."""
    left = template[:LONGEST_TEMPLATE]
    while True:
        text, opened, behind = left.partition(_OPENS)
        inside, closed, rest = behind.partition(_CLOSES)
        if not opened or not closed:
            break
        yield text, inside
        left = rest
    yield left, None if len(template) <= LONGEST_TEMPLATE else ""


def _value(path: str, values: Mapping[str, str]) -> str | None:
    """An object's are several: what is shown of it is not known."""
    return values.get(path, None if any(key.startswith(f"{path}.") for key in values) else "")


def _joined(parts: list[str | None]) -> tuple[str | None, ...]:
    """Texts that follow each other are one, as are places that nobody knows."""
    found: list[str | None] = []
    for part in parts:
        if part == "":
            continue
        last = found[-1] if found else ""
        if found and part is None and last is None:
            continue
        if found and part is not None and last is not None:
            found[-1] = last + part
        else:
            found.append(part)
    return tuple(found)
