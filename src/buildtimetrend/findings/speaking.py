"""What a finding's document says of the projects that share its cause, and what of that may be shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, TypeAlias

from buildtimetrend import text
from buildtimetrend.findings.life import Known
from buildtimetrend.findings.words import day, listed, number_of

Document: TypeAlias = Mapping[str, Any]
Shows: TypeAlias = Callable[[str], bool]  # whether a repo of that name may be shown

SEVERAL = 2  # projects


def everything(_: str) -> bool:
    """Which repos may be shown where the settings leave none out."""
    return True


def shared(known: Known, image: str, by: Sequence[float], projects: Sequence[str]) -> dict[str, Any]:
    """Of a finding that these projects share, whose jobs moved `by` logarithms."""
    percent = 100 * (math.exp(median(by)) - 1)
    seconds = known.document["after"] - known.document["before"]
    longer = "longer" if seconds > 0 else "less"
    moved = (
        f"wait {text.duration(abs(seconds))} {longer} for a worker"
        if known.what == "waiting"
        else f"take {text.signed(abs(percent)).lstrip('+')} {longer}"
    )
    since = day(known.document["since"]["started_at"])
    return _of_projects({"image": image, "moved": moved, "since": since}, sorted(projects))


def _of_projects(of: Mapping[str, Any], projects: Sequence[str]) -> dict[str, Any]:
    said = f"Jobs on {of['image']} {of['moved']} in {number_of(len(projects))} projects since {of['since']}"
    return {**of, "projects": list(projects), "sentence": f"{said}: {listed(projects)}."}


def speaking(document: Document, shared: Mapping[str, Any]) -> dict[str, Any]:
    own = document.get("own_sentence") or document["sentence"]
    return {**document, "shared": shared, "own_sentence": own, "sentence": shared["sentence"]}


def pointing(document: Document, repo: str, finding: str) -> dict[str, Any]:
    return {**alone(document), "part_of": {"repo": repo, "id": finding}}


def alone(document: Document) -> dict[str, Any]:
    """What it says of its own project."""
    own = document.get("own_sentence") or document["sentence"]
    return {**document, "shared": None, "own_sentence": None, "part_of": None, "sentence": own}


def shown(document: Document, shows: Shows) -> dict[str, Any]:
    """Without the names of projects that may not be shown: settings change after a finding was stored."""
    of, led = document.get("shared"), document.get("part_of")
    if led and not shows(led["repo"]):
        return alone(document)
    if not of or all(shows(project) for project in of["projects"]):
        return dict(document)
    projects = [project for project in of["projects"] if shows(project)]
    if len(projects) < SEVERAL or "moved" not in of:
        return alone(document)
    return speaking(document, _of_projects(of, projects))
