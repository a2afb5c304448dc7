"""What jobs and commands are called within a sentence: in one line."""

from __future__ import annotations

from typing import NamedTuple

from buildtimetrend.web.analysis.explained.timings import Row

LONGEST = 60  # characters of a command


class Name(NamedTuple):
    """What a job is known by from build to build."""

    matrix: str
    name: str | None


def name_of(job: Row) -> Name:
    return Name(job["matrix"], job["name"])


def title(job: Row) -> str:
    return _plain(job["number"] or job["name"] or job["job_id"])


def title_of(name: Name) -> str:
    return _plain(name.name or name.matrix) or "another one"


def cut(command: str) -> str:
    """Of a length that a sentence bears."""
    line = _plain(command)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _plain(name: object) -> str:
    """Without what marks commands within a sentence."""
    return " ".join(str(name).split()).replace("`", "'")
