"""How GitHub shows a job: from its definition to the names that it may have, with its matrix' values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from buildtimetrend.providers.github.job_names import CUT, is_cut
from buildtimetrend.providers.github.workflows.definitions import JobDefinition
from buildtimetrend.providers.github.workflows.matrices import Combination, flat

_EXPRESSION = re.compile(r"\$\{\{(?P<inside>.*?)\}\}", re.DOTALL)
_OF_MATRIX = re.compile(r"\s*matrix\.(?P<path>[\w.-]+)\s*")
MOST_WILD = 4  # parts of a name that only the run knew; of more the rest is one


@dataclass(frozen=True)
class Shape:
    """`parts` are texts, and None for what only the run knew. `values` is the matrix, `shown` of it all
    behind the name, in brackets.
    """

    parts: tuple[str | None, ...]
    values: Mapping[str, str]
    shown: str | None = None

    @property
    def weight(self) -> int:
        """How much of a name it explains: of two that fit, the one that leaves less open is meant."""
        return sum(len(part) for part in self.parts if part is not None)

    def fits(self, name: str) -> bool:
        """The whole of a name, or what is left of one that was cut."""
        if len(self.parts) == 1 and self.parts[0] is not None:
            return name == self.parts[0] or (is_cut(name) and self._begins(name[: -len(CUT)]))
        return bool(self._pattern.fullmatch(name)) or (is_cut(name) and self._begins(name[: -len(CUT)]))

    def ends_in(self, name: str, separator: str) -> Iterator[int]:
        """Where it may end in a name that goes on behind the separator."""
        start = name.find(separator)
        while start >= 0:
            if self._pattern.fullmatch(name, 0, start):
                yield start
            start = name.find(separator, start + 1)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(
            "".join(".*?" if part is None else re.escape(part) for part in self.parts), re.DOTALL
        )

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
    return any("matrix" in found["inside"] for found in _EXPRESSION.finditer(template))


def _parts(template: str, values: Mapping[str, str] | None) -> tuple[str | None, ...]:
    parts: list[str | None] = []
    end = 0
    for found in _EXPRESSION.finditer(template):
        parts.append(template[end : found.start()])
        of_matrix = _OF_MATRIX.fullmatch(found["inside"])
        parts.append(_value(of_matrix["path"], values) if of_matrix and values is not None else None)
        end = found.end()
    return _joined([*parts, template[end:]])


def _value(path: str, values: Mapping[str, str]) -> str | None:
    """An object's are several: what is shown of it is not known."""
    return values.get(path, None if any(key.startswith(f"{path}.") for key in values) else "")


def _joined(parts: list[str | None]) -> tuple[str | None, ...]:
    """Texts that follow each other are one, as are places that nobody knows; of those a few at most."""
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
    if found.count(None) > MOST_WILD:
        return (*found[: found.index(None)], None)
    return tuple(found)
