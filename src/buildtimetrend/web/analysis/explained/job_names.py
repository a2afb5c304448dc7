"""What jobs and commands are called within a sentence: in one line."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from buildtimetrend.critical_path.timings import Row
from buildtimetrend.steps import LIFECYCLE, label, shortened


class Name(NamedTuple):
    """What a job is known by from build to build."""

    matrix: str
    name: str | None


def name_of(job: Row) -> Name:
    return Name(job["matrix"], job["name"])


def title(job: Row) -> str:
    """The number that the CI gave it, or its name with its entry of the matrix."""
    return _plain(job["number"] or title_of(name_of(job), job["job_id"]))


def title_of(name: Name, otherwise: str = "another one") -> str:
    if name.name and name.matrix and name.matrix not in name.name:
        return _plain(f"{name.name} ({name.matrix})")
    return _plain(name.name or name.matrix) or otherwise


def step_title(key: str, phases: AbstractSet[str]) -> str:
    """Its label; the phase of a step that did not run is known by its key alone."""
    phase, _, _ = key.partition(": ")
    return label(key, phase) if phase in phases or phase in LIFECYCLE else key


def cut(command: str) -> str:
    """Of a length that a sentence bears."""
    return _plain(shortened(command))


def _plain(name: object) -> str:
    """Without what marks commands within a sentence."""
    return " ".join(str(name).split()).replace("`", "'")
