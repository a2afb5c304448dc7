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
    return _of_projects(_of_image(known, image, by), sorted(projects))


def shared_on_image(
    known: Known, image: str, by: Sequence[float], repo: str, pipelines: Mapping[str, str]
) -> dict[str, Any]:
    """Of one that pipelines of a project share, whose labels are given by reference."""
    of = _of_image(known, image, by)
    return _of_pipelines({**of, "said": f"Jobs on {image} {of['moved']}"}, repo, pipelines)


def shared_step(
    known: Known, others: Sequence[Document], repo: str, pipelines: Mapping[str, str]
) -> dict[str, Any]:
    """The same of one that is of the same step in each of them."""
    documents, step = (known.document, *others), known.document["step"]
    if known.what == "new_step":
        said = f"New step {step} takes {_range([each['after'] for each in documents])}"
    elif known.what == "gone_step":
        said = f"{step} no longer runs"
    else:
        seconds = _range([abs(each["after"] - each["before"]) for each in documents])
        said = f"{step} takes {seconds} {'longer' if known.slower else 'less'}"
    of = {"image": "", "step": step, "said": said, "since": _since(known)}
    return _of_pipelines(of, repo, pipelines)


def of_more_pipelines(shared: Document, repo: str, pipelines: Mapping[str, str]) -> dict[str, Any]:
    """The same that is said of a project's pipelines, of these."""
    return _of_pipelines(shared, repo, pipelines)


def _of_image(known: Known, image: str, by: Sequence[float]) -> dict[str, Any]:
    percent = 100 * (math.exp(median(by)) - 1)
    seconds = known.document["after"] - known.document["before"]
    longer = "longer" if seconds > 0 else "less"
    moved = (
        f"wait {text.duration(abs(seconds))} {longer} for a worker"
        if known.what == "waiting"
        else f"take {text.signed(abs(percent)).lstrip('+')} {longer}"
    )
    return {"image": image, "moved": moved, "since": _since(known)}


def _range(seconds: Sequence[float]) -> str:
    """`50 s to 1 m`, or one of them where they are the same in words."""
    shown = [text.duration(each) for each in (min(seconds), max(seconds))]
    return " to ".join(dict.fromkeys(shown))


def _since(known: Known) -> str:
    return day(known.document["since"]["started_at"])


def _of_projects(of: Mapping[str, Any], projects: Sequence[str]) -> dict[str, Any]:
    said = f"Jobs on {of['image']} {of['moved']} in {number_of(len(projects))} projects since {of['since']}"
    return {**of, "projects": list(projects), "sentence": f"{said}: {listed(projects)}."}


def _of_pipelines(of: Mapping[str, Any], repo: str, pipelines: Mapping[str, str]) -> dict[str, Any]:
    labels = sorted(pipelines.values())
    sentence = f"{of['said']} in {number_of(len(labels))} pipelines since {of['since']}: {listed(labels)}."
    return {**of, "projects": [repo], "pipelines": sorted(pipelines), "sentence": sentence}


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
