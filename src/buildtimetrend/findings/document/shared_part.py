"""The part of a document that says which projects share its cause, and what of that may be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from buildtimetrend.findings.sentences.past_tense import Said, in_tense, shared_sentence
from buildtimetrend.findings.sentences.words import listed, number_of

Document: TypeAlias = Mapping[str, Any]
Shows: TypeAlias = Callable[[str], bool]  # whether a repo of that name may be shown

SEVERAL = 2  # projects


def everything(_: str) -> bool:
    """Which repos may be shown where the settings leave none out."""
    return True


def as_leader(document: Document, shared: Mapping[str, Any]) -> dict[str, Any]:
    """Of the one that speaks for all of them."""
    return {**_saying(document, shared), "shared": shared, "part_of": None}


def as_led(
    document: Document, repo: str, finding: str, shared: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Of one that another finding speaks for, with what they share, if that is more than a job."""
    led = {"repo": repo, "id": finding}
    if shared is None:
        return {**on_its_own(document), "part_of": led}
    return {**_saying(document, shared), "shared": None, "part_of": {**led, "shared": shared}}


def with_kept_part(kept: Document, found: Document) -> dict[str, Any]:
    """A document that was just made, with what was said before of others that share its cause."""
    led, found = kept.get("part_of"), with_image(found, kept.get("on_image"))
    if kept.get("shared"):
        return as_leader(found, kept["shared"])
    return as_led(found, led["repo"], led["id"], led.get("shared")) | {"part_of": led} if led else {**found}


def with_image(document: Document, on_image: Mapping[str, Any] | None) -> dict[str, Any]:
    """With what jobs on its image did in several projects, if they did."""
    told = {name: value for name, value in document.items() if name != "on_image"}
    return {**told, "on_image": on_image} if on_image else told


def on_its_own(document: Document) -> dict[str, Any]:
    """What it says of its own project."""
    own = document.get("own_sentence") or document["sentence"]
    return {**document, "shared": None, "own_sentence": None, "part_of": None, "sentence": own}


def shown(document: Document, shows: Shows) -> dict[str, Any]:
    """Without the names of projects that may not be shown: settings change after a finding was stored."""
    led = document.get("part_of")
    if led and not shows(led["repo"]):
        return on_its_own(document)
    of = document.get("shared") or (led or {}).get("shared")
    if not of or all(shows(project) for project in of["projects"]):
        return dict(document)
    projects = [project for project in of["projects"] if shows(project)]
    if len(projects) < SEVERAL or "moved" not in of:
        return on_its_own(document)
    left = in_projects(of, projects)
    return as_led(document, led["repo"], led["id"], left) if led else as_leader(document, left)


def several_in(documents: Iterable[Document]) -> list[str]:
    """What these say that several share, each once, and whether it is over."""
    said = (
        f"{each['sentence']} {each['status']}"
        for each in documents
        if each.get("shared") or (each.get("part_of") or {}).get("shared")
    )
    return list(dict.fromkeys(said))


def _saying(document: Document, shared: Mapping[str, Any]) -> dict[str, Any]:
    own = document.get("own_sentence") or document["sentence"]
    return {**document, "own_sentence": own, "sentence": shared_sentence(document, shared)}


def in_projects(of: Mapping[str, Any], projects: Sequence[str]) -> dict[str, Any]:
    """What is shared `of` these projects, with the sentence that says so."""
    many = f"in {number_of(len(projects))} projects"

    def say(said: Said) -> str:
        return f"{on_image(of, said)} {many} {said('since')} {of['since']}: {listed(projects)}."

    return {**of, "projects": list(projects), **in_tense(say, over=False)}


def on_image(of: Mapping[str, Any], said: Said) -> str:
    """`Jobs on trusty take 30 % longer`"""
    does, _, by = str(of["moved"]).partition(" ")
    return f"Jobs on {of['image']} {said(does)} {by}"
