"""The end of what was worse is told there ("the first build as before was #646"), and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def without_ends(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same findings without those that are such an end. What other jobs take less by since the same build
    is none, unless both were the image that these jobs run on.
    """
    over = [row for row in found if row["worse"] and row["over_since"]]
    return [row for row in found if row["worse"] or not any(_is_end(row, worse) for worse in over)]


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
