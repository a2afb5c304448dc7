"""Which definition each job of a run is, and by that what it needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from buildtimetrend.providers.github.workflows.definitions import JobDefinition, Workflow
from buildtimetrend.providers.github.workflows.shapes import Shape, shapes_of

SEPARATOR = " / "  # between a job and those of the workflow that it calls; also in plain names
LONGEST = 400  # characters of a name that is looked at
MOST_NAMES = 5000  # that are kept of a workflow


class Tree:
    """A workflow with those that its jobs call, by their keys; a called one that cannot be read is None.

    What its names mean is kept: runs repeat them.
    """

    def __init__(self, workflow: Workflow, called: Mapping[str, Tree | None] | None = None) -> None:
        self.workflow = workflow
        self.called = called or {}
        self.shapes = [(job, list(shapes_of(job))) for job in workflow.jobs.values()]
        self._known: dict[str, list[Match]] = {}

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
    def values(self) -> dict[str, str]:
        return {key: value for level in self.levels for key, value in level.shape.values.items()}


def _matches(tree: Tree, name: str) -> list[Match]:
    found = list(_fitting(tree, name)) if len(name) <= LONGEST else []
    most = max((match.weight for match in found), default=0)
    best = {match.keys: match for match in reversed(found) if match.weight == most}
    return list(best.values())


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
    needs = []
    for place, meant in enumerate(found):
        told = {_needed(match, found) for match in meant}
        one = told.pop() if len(told) == 1 else None
        needs.append(None if one is None else tuple(other for other in one if other != place))
    return needs


def _needed(match: Match, found: Sequence[Sequence[Match]]) -> tuple[int, ...] | None:
    """A job without needs in a called workflow waits for what the call needs."""
    for depth in range(len(match.levels) - 1, -1, -1):
        wanted = match.levels[depth].job.needs
        if wanted:
            places = [_places(match, depth, key, found) for key in wanted]
            return tuple(sorted({place for each in places for place in each})) if all(places) else None
    return ()


def _places(match: Match, depth: int, key: str, found: Sequence[Sequence[Match]]) -> list[int]:
    """Jobs of that key in the same call, with all that it calls itself."""
    before = [level.shown for level in match.levels[:depth]]
    return [
        place
        for place, others in enumerate(found)
        if any(
            len(other.levels) > depth
            and other.levels[depth].job.key == key
            and [level.shown for level in other.levels[:depth]] == before
            for other in others
        )
    ]
