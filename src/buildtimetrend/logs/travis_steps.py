"""Timed blocks and folds, as the tags of a Travis CI log announce them, to steps.

Folds and timed blocks are two independent sets of intervals: they cross, and either may lack its end. They are
joined by position: a block belongs to the innermost fold that is open where the block starts.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from buildtimetrend.logs.depths import depths
from buildtimetrend.logs.text import plain
from buildtimetrend.logs.travis_phases import (
    AFTER_SCRIPT,
    BEFORE_SCRIPT,
    CHECKOUT,
    SCRIPT,
    SETUP,
    phase_of_event,
    phase_of_fold,
)
from buildtimetrend.model import Step

MAX_STEPS = 131_072
MAX_COMMAND = 4096  # bytes of a command line
MAX_COMMANDS = 4_000_000  # characters of all distinct commands together
MAX_FOLDS = 64  # open at a time
RECENT = 4096  # blocks whose end may still come, or come again

# Plain tuples, since a log may hold many. No name: neither a fold nor an event names the block. No phase: script,
# unless a later fold shows that the script was yet to come.
Started: TypeAlias = tuple[str | None, str | None, str | None]  # name, phase, command
Ended: TypeAlias = tuple[str | None, str | None, str | None, int, int]  # and start, finish


class Fold(NamedTuple):
    name: str
    phase: str | None  # None, like a row's
    row: int  # the first that may lie inside
    own: bool  # made by Travis CI, not by a command of the project


class Timeline:
    """Takes tags in the order of the log, then gives the steps."""

    def __init__(self) -> None:
        self.rows: list[Started | Ended] = []
        self.dropped = 0
        self.seen: dict[bytes, int] = {}  # id of a block: its latest row
        self.folds: list[Fold] = []
        self.running = False  # a block has started since the last one ended
        self.before = SETUP  # the phase of a bare block if the script is yet to come
        self.bare: str | None = None  # the phase of a bare block once the script is over
        self.undecided: list[int] = []  # rows without phase
        self.commands: dict[str, str] = {}
        self.room = MAX_COMMANDS

    def start(self, block: bytes) -> None:
        self.running = True
        rows = self.rows
        if len(rows) >= MAX_STEPS:
            return
        if len(self.seen) >= RECENT:
            self._forget()
        self.seen[block] = len(rows)
        if self.folds:
            fold = self.folds[-1]
            name, phase = fold.name, fold.phase
        else:
            name, phase = None, self.bare
        if phase is None:
            self.undecided.append(len(rows))
        rows.append((name, phase, None))

    def command(self, line: bytes) -> None:
        """The command of the block that has just started."""
        if not self.rows or len(self.rows[-1]) != 3:
            return
        text = plain(line[:MAX_COMMAND])
        known = self.commands.get(text)
        if known is None and self.room > 0:
            known = self.commands[text] = text
            self.room -= len(text)
        name, phase, _ = self.rows[-1]
        self.rows[-1] = (name, phase, known or None)

    def end(self, block: bytes, start: int, finish: int, event: str) -> None:
        """Its own times count, even where the start tag was cut off. A clock set back gives a duration of 0."""
        at = self.seen.get(block, -1)
        if at >= 0 and len(row := self.rows[at]) == 5 and row[3] != start:
            at = -1
        if at < 0:
            if len(self.rows) >= MAX_STEPS:
                self.dropped += 1
                return
            at = len(self.rows)
            self.start(block)
        self.running = False
        row = self.rows[at]
        name, phase, command = row[:3]
        if finish < start:
            finish = start
        if len(row) == 5 and row[4] > finish:
            finish = row[4]
        if event:
            told = phase_of_event(event)
            phase = told or phase or (SETUP if self.bare is None else self.bare)
            if name is None and event != phase:
                name = f"{phase}.{event}"
            if told:
                self._enter(told)
        self.rows[at] = (name, phase, command, start, finish)

    def start_fold(self, name: str) -> None:
        for fold in self.folds:
            if fold.name == name:
                return  # Travis CI itself opens some twice and closes them once
        phase = phase_of_fold(name)
        own = not self.running or phase == CHECKOUT
        if own:
            self._enter(phase)
            phase = phase or self.bare or (None if self.undecided else SETUP)
            self._leave_folds(phase)
        else:
            phase = self.folds[-1].phase if self.folds else self.bare
        if len(self.folds) < MAX_FOLDS:
            self.folds.append(Fold(name, phase, len(self.rows), own))

    def end_fold(self, name: str) -> None:
        for at in range(len(self.folds) - 1, -1, -1):
            if self.folds[at].name == name:
                del self.folds[at]
                return

    def steps(self, script_reached: bool) -> tuple[Step, ...]:
        """All that ended, once. `script_reached` is False when a command before the script stopped the job."""
        for fold in self.folds:
            self._unname(fold)
        self._decide(SCRIPT if script_reached else self.before)
        rows = [row for row in self.rows if len(row) == 5]
        self.rows = []
        return _named(rows)

    def _enter(self, phase: str | None) -> None:
        """The job is in this phase now: what that says of the blocks before and after."""
        if phase in BEFORE_SCRIPT or phase == CHECKOUT:
            self._decide(self.before)
            self.before = phase if phase in BEFORE_SCRIPT else SETUP
            self.bare = None
        elif phase in AFTER_SCRIPT:
            self._decide(SCRIPT)
            self.bare = phase

    def _decide(self, phase: str) -> None:
        for at in self.undecided:
            row = self.rows[at]
            if row[1] is None:
                self.rows[at] = (row[0], phase, *row[2:])
        self.undecided.clear()

    def _leave_folds(self, phase: str | None) -> None:
        """Folds that never ended: Travis CI's own do not span phases, and a project's may just lack its end."""
        kept = [fold for fold in self.folds if fold.own and fold.phase == phase]
        if len(kept) != len(self.folds):
            for fold in self.folds:
                self._unname(fold)
            self.folds = kept

    def _unname(self, fold: Fold) -> None:
        """A fold of the project's own that has no end holds nothing."""
        if fold.own:
            return
        for at in range(fold.row, len(self.rows)):
            row = self.rows[at]
            if row[0] == fold.name:
                self.rows[at] = (None, *row[1:])

    def _forget(self) -> None:
        """Make room among the seen blocks: the older half goes, first those that have ended."""
        ended = [block for block, at in self.seen.items() if len(self.rows[at]) == 5]
        for block in (ended or list(self.seen))[: RECENT // 2]:
            del self.seen[block]


def _named(rows: list[Ended]) -> tuple[Step, ...]:
    """Number the steps that share a name: a fold's second is `apt.2`, a bare block's first `script.1`."""
    deep = depths([(row[3], row[4]) for row in rows])
    taken = {row[0] for row in rows}
    count: dict[str, int] = {}
    steps = []
    rows.reverse()
    at = 0
    while rows:
        name, phase, command, start, finish = rows.pop()
        phase = phase or SCRIPT
        base = name or phase
        number = count.get(base, 0) + 1
        if number > 1 or name is None:
            while (name := f"{base}.{number}") in taken:
                number += 1
        count[base] = number
        steps.append(Step(name, phase, command, start, finish, deep[at] if deep else 0))
        at += 1
    return tuple(steps)
