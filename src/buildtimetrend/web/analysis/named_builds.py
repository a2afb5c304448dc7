"""Which build a text names: its number, or number and attempt. A number is text: a dot may be part of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.reads.compare import build_before, numbered

WITH_ATTEMPT = re.compile(r"(?P<number>.+)\.(?P<attempt>[0-9]{1,6})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedBuild:
    """The build of a number in a pipeline, in one attempt or in all.

    `pipelines` are ids of all that have a build of that number: the latest of them is meant. `other` is a
    second build that the same text names: of `158.2` attempt 2 of build 158, where there is a build 158.2 as
    well. `before` is the number of the build before it on its branch. Without `build_ids` there is no such
    build.
    """

    number: str = ""
    attempt: int | None = None
    build_ids: tuple[str, ...] = ()
    pipeline: int | None = None
    pipelines: tuple[int, ...] = ()
    before: str | None = None
    other: NamedBuild | None = None


def named_build(
    store: Store, repo: str, named: str | None, among: Collection[int] | None = None
) -> NamedBuild:
    """`158.2` is the build of that very number, if there is one; else the second attempt of build 158.

    A `#` before it may be left out. With `among` it is one of these pipelines.
    """
    if not named:
        return NamedBuild()
    readings = list(_readings(named))
    numbers = list(dict.fromkeys(number for number, _ in readings))
    found = [
        row for row in rows(numbered(store, repo, numbers)) if among is None or row["pipeline_id"] in among
    ]
    stored = [
        (of_number, attempt)
        for number, attempt in readings
        if (of_number := [row for row in found if row["number"] == number])
    ]
    if not stored:
        return NamedBuild(named.removeprefix("#"))
    (attempts, attempt), *rest = stored
    first, _ = _build(attempts, attempt)
    others = (build for build, known in (_build(*each) for each in rest) if known)
    return replace(first, before=build_before(store, repo, attempts[-1]), other=next(others, None))


def _build(attempts: Sequence[dict[str, Any]], attempt: int | None) -> tuple[NamedBuild, bool]:
    """The latest of the builds with one number, of their attempts in order; whether it has that attempt."""
    last = attempts[-1]
    own = [row for row in attempts if row["pipeline_id"] == last["pipeline_id"]]
    build = NamedBuild(
        last["number"],
        attempt,
        tuple(dict.fromkeys(row["build_id"] for row in own)),
        last["pipeline_id"],
        tuple(dict.fromkeys(row["pipeline_id"] for row in attempts)),
    )
    return build, attempt in (None, *(row["attempt"] for row in own))


def _readings(named: str) -> Iterator[tuple[str, int | None]]:
    """What number and attempt the text may mean, the more exact first."""
    for number in dict.fromkeys((named, named.removeprefix("#"))):
        yield number, None
        if parts := WITH_ATTEMPT.fullmatch(number):
            yield parts["number"], int(parts["attempt"])
