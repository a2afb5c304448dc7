"""The end of what was worse is told there ("Over since build #646"), and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

SOON = timedelta(weeks=4)


def without_recoveries(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same findings without those that are such an end, or seem to be apart from it. What other jobs take
    less by since the same build is none, unless both were the image that these jobs run on.
    """
    over = [row for row in found if row["worse"] and row["over_since"]]
    better = [row for row in found if not row["worse"]]
    ends = [row for row in better if any(_is_end(row, worse) for worse in over)]
    return [row for row in found if row["worse"] or not any(_is_of(row, end) for end in ends)]


def _is_of(row: dict[str, Any], end: dict[str, Any]) -> bool:
    """Whether it is that end, or of the same image soon after: of some jobs it shows some builds later."""
    if row is end:
        return True
    after: timedelta = row["since"]["started_at"] - end["since"]["started_at"]
    return _is_of_its_image(row, end) and timedelta(0) <= after <= SOON


def _is_end(row: dict[str, Any], worse: dict[str, Any]) -> bool:
    if _place(row, row["since"]) != _place(worse, worse["over_since"]):
        return False
    return _is_of_its_image(row, worse) or _is_of_its_jobs(row, worse)


def _is_of_its_image(row: dict[str, Any], worse: dict[str, Any]) -> bool:
    image, its = row.get("on_image"), worse.get("on_image")
    return image is not None and its is not None and image["image"] == its["image"]


def _is_of_its_jobs(row: dict[str, Any], worse: dict[str, Any]) -> bool:
    jobs, before = set(row["jobs"]), set(worse["jobs"])
    same = (row["what"], row["step"]) == (worse["what"], worse["step"])
    return same and jobs <= before and bool(jobs) == bool(before)


def _place(row: dict[str, Any], build: dict[str, Any]) -> tuple[object, ...]:
    return row["pipeline"], build["build_id"]
