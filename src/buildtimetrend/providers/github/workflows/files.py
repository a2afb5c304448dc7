"""Workflow files as they were at a commit, each version of one read once."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Mapping
from urllib.parse import quote

from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github.api import Api
from buildtimetrend.providers.github.places import is_slug
from buildtimetrend.providers.github.workflows.definitions import Workflow, workflow_of
from buildtimetrend.providers.github.workflows.graph import Tree
from buildtimetrend.providers.github.workflows.place import Place
from buildtimetrend.providers.http import Refused
from buildtimetrend.providers.kept import Kept

KEPT = 500
KEPT_VALUES = 1_000_000  # of the matrices in the versions of files
KEPT_SHAPES = 100_000  # of the trees that were read last
KEPT_PLACES = 5000  # commits at which it is known which version a file has
DEEPEST = 10  # calls within calls: GitHub's own limit
MOST_FILES = 50  # of one run
STEADY = 3  # times in a row
MOST_MISSES, MISSED_FOR = 3, 600.0  # in a row; seconds
_REMOTE = re.compile(r"(?P<repo>[^/@]+/[^/@]+)/(?P<path>[^@]+)@(?P<ref>.+)", re.DOTALL)


class Files:
    """`asked_for` is the repo in whose name is asked: what may be read there may be read elsewhere or not."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._versions: Kept[str, tuple[Workflow | None]] = Kept(KEPT_VALUES, weigh=_weight)
        self._places: Kept[Place, str] = Kept(KEPT_PLACES)
        self._latest: Kept[tuple[str, str], Tree] = Kept(KEPT_SHAPES, weigh=lambda tree: tree.size)
        self._same: Kept[tuple[str, str], int] = Kept(KEPT)  # times in a row that it had not changed
        self._missed: Kept[tuple[str, str], tuple[int, float]] = Kept(KEPT)  # times in a row, and the last

    def tree(self, asked_for: str, place: Place, shas: Mapping[str, str]) -> Tree | None:
        """A workflow with all that it calls; None where there is none to be read. `shas` are the commits of
        called ones, by path. Raises `TemporaryError`.
        """
        found = self._tree(asked_for, place, shas, DEEPEST, [MOST_FILES])
        if found is not None:
            before = self._latest.get(place.file)
            same = before is not None and before.workflow is found.workflow
            self._same.put(place.file, (self._same.get(place.file) or 0) + 1 if same else 0)
            self._latest.put(place.file, found)
            self._missed.take(place.file)
        else:
            times, _ = self._missed.get(place.file) or (0, 0.0)
            self._missed.put(place.file, (times + 1, time.monotonic()))
        return found

    def latest(self, place: Place) -> Tree | None:
        """As it was read last, at whatever commit. Asks nobody."""
        return self._latest.get(place.file)

    def is_steady(self, place: Place) -> bool:
        """Whether it was the same the last times that it was read again."""
        return (self._same.get(place.file) or 0) >= STEADY

    def unreadable(self, place: Place) -> bool:
        """Whether it could not be read some times just now: it is not worth a request for each commit."""
        times, last = self._missed.get(place.file) or (0, 0.0)
        return times >= MOST_MISSES and time.monotonic() - last < MISSED_FOR

    def _tree(
        self, asked_for: str, place: Place, shas: Mapping[str, str], depth: int, left: list[int]
    ) -> Tree | None:
        if depth == 0 or left[0] == 0:
            return None
        left[0] -= 1
        workflow = self._workflow(asked_for, place)
        if workflow is None:
            return None
        called: dict[str, Tree | None] = {}
        for job in workflow.jobs.values():
            target = _called(job.uses, place, shas) if job.uses else None
            if job.uses:
                found = self._tree(asked_for, target, shas, depth - 1, left) if target else None
                called[job.key] = found
        return Tree(workflow, called)

    def _workflow(self, asked_for: str, place: Place) -> Workflow | None:
        version = self._places.get(place)
        known = self._versions.get(version) if version else None
        if known is None:
            version, workflow = self._read(asked_for, place)
            known = (workflow,)
            if version:
                self._places.put(place, version)
                self._versions.put(version, known)
        return known[0]

    def _read(self, asked_for: str, place: Place) -> tuple[str, Workflow | None]:
        """Which version it is, and what it says; no version of what there is not."""
        ref = f"?ref={quote(place.ref, safe='')}" if place.ref else ""
        path = f"/repos/{place.repo}/contents/{quote(place.path)}{ref}"
        try:
            told = self._api.document(asked_for, path)
        except Refused:
            return "", None  # gone, or not for this token: a build is as good without it
        if not isinstance(told, dict) or not isinstance(told.get("content"), str):
            return "", None
        version = Fields(told).maybe_text("sha") or ""
        known = self._versions.get(version) if version else None
        if known is not None:
            return version, known[0]
        try:
            content = base64.b64decode(told["content"])
        except (binascii.Error, ValueError):
            return "", None
        return version or str(place), workflow_of(content)


def _weight(version: tuple[Workflow | None]) -> int:
    """What is kept of any takes as much as some values."""
    return 100 + (version[0].size if version[0] else 0)


def _called(uses: str, place: Place, shas: Mapping[str, str]) -> Place | None:
    """Where a reusable workflow is: in the same repo at the same commit, or in another one. A path that leads
    out of its repo is none.
    """
    if ".." in uses.partition("@")[0].split("/"):
        return None
    if uses.startswith("./"):
        return Place(place.repo, uses[2:], place.ref)
    found = _REMOTE.fullmatch(uses)
    if found is None or not is_slug(found["repo"]):
        return None
    return Place(found["repo"], found["path"], shas.get(uses, found["ref"]))
