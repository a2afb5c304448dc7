"""Which definition each job of a run is, and by that what it needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from buildtimetrend.providers.github.workflows.definitions import JobDefinition, Workflow
from buildtimetrend.providers.github.workflows.shapes import Shape, shapes_of

SEPARATOR = " / "  # between a job and those of the workflow that it calls; also in plain names
LONGEST = 400  # characters of a name that is looked at
MOST_NAMES = 5000  # that are kept of a workflow
MOST_LEVELS = 20  # parts of a name between separators: GitHub lets calls be ten deep
MOST_ALIKE = 50  # definitions that a name may mean: of more none is told

# A job of a workflow by its key, in a call that is known by the names on the way to it
_Key: TypeAlias = tuple[tuple[str, ...], str]


class Tree:
    """A workflow with those that its jobs call, by their keys; a called one that cannot be read is None.

    What its names mean is kept: runs repeat them.
    """

    def __init__(self, workflow: Workflow, called: Mapping[str, Tree | None] | None = None) -> None:
        self.workflow = workflow
        self.called = called or {}
        self.shapes = [(job, list(shapes_of(job))) for job in workflow.jobs.values()]
        self._known: dict[str, list[Match]] = {}

    @property
    def size(self) -> int:
        """How many shapes it has, with those of all that it calls."""
        return sum(len(shapes) for _, shapes in self.shapes) + sum(
            tree.size for tree in self.called.values() if tree
        )

    def matches(self, name: str) -> list[Match]:
        """Those that explain most of a name: none, one, or several that nothing tells apart."""
        known = self._known.get(name)
        if known is None:
            known = _matches(self, name)
            if len(self._known) < MOST_NAMES:
                self._known[name] = known
        return known


@dataclass(frozen=True, slots=True)
class Level:
    """A job of one workflow, as it is shown: several calls of one workflow are told apart by that."""

    job: JobDefinition
    shape: Shape
    shown: str


@dataclass(frozen=True, slots=True)
class Match:
    """The definitions that a job's name leads through, from the run's own workflow to the job itself."""

    levels: tuple[Level, ...]

    @property
    def weight(self) -> int:
        return sum(level.shape.weight for level in self.levels) + len(SEPARATOR) * (len(self.levels) - 1)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(level.job.key for level in self.levels)

    @property
    def shown(self) -> tuple[str, ...]:
        return tuple(level.shown for level in self.levels)

    @property
    def values(self) -> dict[str, str]:
        return {key: value for level in self.levels for key, value in level.shape.values.items()}


def _matches(tree: Tree, name: str) -> list[Match]:
    if len(name) > LONGEST or name.count(SEPARATOR) >= MOST_LEVELS:
        return []
    best: dict[tuple[str, ...], Match] = {}
    most = -1
    for match in _fitting(tree, name):
        weight = match.weight
        if weight > most:
            best, most = {}, weight
        if weight == most:
            best.setdefault(match.keys, match)
    return list(best.values()) if len(best) <= MOST_ALIKE else []


def _fitting(tree: Tree, name: str) -> Iterator[Match]:
    for job, shapes in tree.shapes:
        for shape in shapes:
            if shape.fits(name):
                yield Match((Level(job, shape, name),))
            if job.uses is None:
                continue
            called = tree.called.get(job.key)
            for end in shape.ends_in(name, SEPARATOR):
                level = Level(job, shape, name[:end])
                if called is None:
                    yield Match((level,))
                else:
                    for inner in called.matches(name[end + len(SEPARATOR) :]):
                        yield Match((level, *inner.levels))


def needs_of(found: Sequence[Sequence[Match]]) -> list[tuple[int, ...] | None]:
    """For each job of a run, by what its name means, the places of those that it needed.

    None where that is not known.
    """
    places = _places(found)
    needs = []
    for place, meant in enumerate(found):
        told = {_needed(match, places) for match in meant}
        one = told.pop() if len(told) == 1 else None
        needs.append(None if one is None else tuple(other for other in one if other != place))
    return needs


def _needed(match: Match, places: Mapping[_Key, Collection[int]]) -> tuple[int, ...] | None:
    """A job without needs in a called workflow waits for what the call needs."""
    for depth in range(len(match.levels) - 1, -1, -1):
        wanted = match.levels[depth].job.needs
        if wanted:
            call = match.shown[:depth]
            needed = [places.get((call, key), ()) for key in wanted]
            return tuple(sorted({place for each in needed for place in each})) if all(needed) else None
    return ()


def _places(found: Sequence[Sequence[Match]]) -> Mapping[_Key, Collection[int]]:
    """Of all jobs of a key in the same call, with all that it calls itself."""
    places: dict[_Key, dict[int, None]] = defaultdict(dict)
    for place, meant in enumerate(found):
        for match in meant:
            for depth, level in enumerate(match.levels):
                places[match.shown[:depth], level.job.key][place] = None
    return places
