"""A look at a pipeline: its new builds alone are searched where that is enough, else all that count."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from buildtimetrend.findings.changes.gradual import drifted
from buildtimetrend.findings.changes.moves import Move, appeared, moved
from buildtimetrend.findings.finding import Findings
from buildtimetrend.findings.search.find import findings_of
from buildtimetrend.findings.search.state import RECENT, SeriesState, State
from buildtimetrend.findings.series import Chosen, Measured, Thing, Values, measured
from buildtimetrend.trends.changes import analysed
from buildtimetrend.trends.confirm import LEAST_POINTS
from buildtimetrend.trends.watched import seen, watched

MOST_NEW = 100  # builds: of more, all are looked at


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, what is to be remembered, and whether all builds were looked at. `from_others`
    are changes that the series alone do not tell: others' say where they are, each time anew.
    """

    findings: Findings
    state: State
    whole: bool
    from_others: tuple[Move, ...] = ()

    @property
    def moves(self) -> list[list[Move]]:
        """All changes, of each series in the order of builds."""
        of = {thing: list(known.moves) for thing, known in self.state.series.items()}
        for move in self.from_others:
            of[move.thing] = sorted([*of.get(move.thing, ()), move], key=lambda one: one.place)
        return [*of.values()]

    def with_moves(self, moves: Iterable[Move]) -> Look:
        """The same, with what is found once these are known."""
        more = replace(self, from_others=(*self.from_others, *moves))
        return replace(more, findings=findings_of(self.findings.measured, more.moves, self.state.drifts))


def search_again(of: Chosen, state: State | None, changed_since: datetime, pause: Callable[[], None]) -> Look:
    """`changed_since` is when the earliest build ended that is new or another; `pause` is called between
    pieces of work of some milliseconds.
    """
    new = None if state is None else _new(of, state, changed_since)
    if state is None or new is None:
        begun = State(of.of.branches.value, of.of.default, [], changed_since, {}, {})
        _search(begun, measured(of), None, pause)
        return _ended(of, begun, whole=True)
    if new:
        first = min(new)
        _hear(state, _without(measured(of, first), new), pause)
        due = [thing for thing, known in state.series.items() if _is_due(known)]
        if due:
            _search(state, measured(of, only=due), due, pause)
    return _ended(of, state, whole=False)


def _new(of: Chosen, state: State, changed_since: datetime) -> Collection[int] | None:
    """Places of the builds that were not looked at; None where more than they has changed."""
    if (state.branches, state.default) != (of.of.branches.value, of.of.default):
        return None
    if not state.recent or changed_since < state.recent_from:
        return None
    known = set(state.recent)
    ids = {id_ for id_, _ in known}
    new = [
        place
        for place, row in enumerate(of.builds)
        if row["finished_at"] >= state.recent_from and (row["build_id"], row["attempt"]) not in known
    ]
    # Of a build that was tried again an earlier attempt counted before, here or further back.
    again = any(of.builds[place]["build_id"] in ids or of.builds[place]["attempt"] > 1 for place in new)
    return None if again or len(new) > MOST_NEW else new


def _without(found: Measured, places: Collection[int]) -> Measured:
    """Only what is of builds at these places."""
    wanted = set(places)
    values = {}
    for thing, each in found.values.items():
        pairs = [(p, s) for p, s in zip(each.places, each.seconds, strict=True) if p in wanted]
        if pairs:
            values[thing] = Values([p for p, _ in pairs], [s for _, s in pairs])
    return replace(found, values=values, runs=found.runs.within(wanted))


def _hear(state: State, found: Measured, pause: Callable[[], None]) -> None:
    """Hold new values against what their series were like."""
    for thing, values in found.values.items():
        known = state.series.setdefault(thing, SeriesState())
        known.values += len(values.seconds)
        if known.watched:
            for seconds, time in zip(values.seconds, found.stamps(values), strict=True):
                known.watched = seen(known.watched, seconds, time)
    for thing, known in state.series.items():
        known.missed = _missed(thing, found, known.missed)
    state.labels.update(found.labels)
    pause()


def _missed(thing: Thing, found: Measured, before: int) -> int:
    """Of the newest runs that might have had it, how many in a row did not; `before` were so already."""
    having, own = found.chances(thing)
    return len(having) - bisect_right(having, own[-1]) if own else before + len(having)


def _is_due(known: SeriesState) -> bool:
    if known.missed >= max(LEAST_POINTS, 2 * known.missed_then):
        return True  # it may be gone
    if known.watched is None:
        return known.values >= max(LEAST_POINTS, 2 * known.searched)
    is_back = bool(known.moves) and known.moves[-1].edge == "gone"
    return known.watched.is_due or (is_back and known.values >= known.searched + LEAST_POINTS)


def _search(state: State, found: Measured, only: Iterable[Thing] | None, pause: Callable[[], None]) -> None:
    """Search series for changes, as if nothing were known of them."""
    for thing in found.values if only is None else only:
        values, before = found.values.get(thing, Values()), state.series.get(thing)
        stamps = found.stamps(values)
        analysis = analysed(values.seconds, stamps)
        missed = _missed(thing, found, 0)
        searched = SeriesState(
            len(values.seconds),
            moves=appeared(thing, found),
            missed=missed,
            searched=len(values.seconds),
            missed_then=missed,
        )
        if analysis:
            searched.watched = watched(analysis, before.watched if before else None)
            searched.moves = moved(thing, values, analysis.changes) + searched.moves
            searched.drifts = drifted(thing, values, analysis)
        state.series[thing] = searched
        pause()
    state.labels.update(found.labels)


def _ended(of: Chosen, state: State, *, whole: bool) -> Look:
    recent = of.builds[-RECENT:]
    state.recent = [(row["build_id"], row["attempt"]) for row in recent]
    if recent:
        state.recent_from = recent[0]["finished_at"]
    found = Measured(of.builds, {thing: Values() for thing in state.series}, state.labels)
    moves = [known.moves for known in state.series.values()]
    return Look(findings_of(found, moves, state.drifts), state, whole)
