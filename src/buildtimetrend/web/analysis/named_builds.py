"""Which build a text names: its number, or number and attempt. A number is text: a dot may be part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.compare import numbered

WITH_ATTEMPT = re.compile(r"(?P<number>.+)\.(?P<attempt>[0-9]{1,6})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedBuild:
    """The builds of a number, several where CI systems share it, in one attempt or in all.

    `other` is a second build that the same text names: one with less of a number, in an attempt. Without
    `build_ids` there is no such build.
    """

    number: str = ""
    attempt: int | None = None
    build_ids: tuple[str, ...] = ()
    other: NamedBuild | None = None


def named_build(store: Store, repo: str, named: str | None) -> NamedBuild:
    """`158.2` is the build of that very number, if there is one; else the second attempt of build 158.

    A `#` before it may be left out.
    """
    if not named:
        return NamedBuild()
    readings = list(_readings(named))
    found = rows(numbered(store, repo, list(dict.fromkeys(reading.number for reading in readings))))
    stored = []
    for reading in readings:
        of_number = [row for row in found if row["number"] == reading.number]
        ids = tuple(dict.fromkeys(row["build_id"] for row in of_number))
        if ids:
            known = reading.attempt in (None, *(row["attempt"] for row in of_number))
            stored.append((known, NamedBuild(reading.number, reading.attempt, ids)))
    if not stored:
        return NamedBuild(named.removeprefix("#"))
    (_, first), *rest = stored
    other = next((build for known, build in rest if known), None)
    return NamedBuild(first.number, first.attempt, first.build_ids, other)


def _readings(named: str) -> Iterator[NamedBuild]:
    """What the text may mean, the more exact first."""
    for number in dict.fromkeys((named, named.removeprefix("#"))):
        yield NamedBuild(number)
        if parts := WITH_ATTEMPT.fullmatch(number):
            yield NamedBuild(parts["number"], int(parts["attempt"]))
