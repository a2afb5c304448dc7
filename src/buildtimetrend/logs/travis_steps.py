"""Timed blocks and folds, as the tags of a Travis CI log announce them, to steps.

Folds and timed blocks are two independent sets of intervals: they cross, and either may lack its end. They
are joined by position: a block belongs to the innermost fold that is open where the block starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from buildtimetrend.logs.numbered import Ended, numbered
from buildtimetrend.logs.text import plain
from buildtimetrend.logs.travis_phases import (
    AFTER_SCRIPT,
    BEFORE_SCRIPT,
    CHECKOUT,
    SCRIPT,
    SETUP,
    read_event,
    read_fold,
)
from buildtimetrend.model import Step

KEEP = 2048  # a power of 2
MAX_STEPS = 64 * KEEP
RECENT = 2 * KEEP  # blocks whose end may still come, or come again
MAX_FOLDS = 16  # open at a time
MAX_COMMANDS = 4_000_000  # characters of all distinct commands together
LATEST = 2**63 - 1  # ns: in the year 2262, the last that a 64-bit clock shows

# A block's end, start, finish, event, failure; a block's start, command; a fold's start; a fold's end.
Tag: TypeAlias = tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]

Started: TypeAlias = tuple[str | None, str | None, str | None]  # like Ended, without times


class Fold(NamedTuple):
    name: str
    phase: str | None  # None, like a row's
    row: int  # the first that may lie inside
    own: bool  # made by Travis CI, not by a command of the project


class Timeline:
    """Reads tags in the order of the log, then gives the steps.

    Rows are plain tuples, since a log may have many. A row has no name if neither a fold nor an event names
    it, and no phase if it is of the script, unless a later fold shows that the script was yet to come.
    """

    def __init__(self) -> None:
        self.rows: list[Started | Ended] = []
        self.dropped = 0
        self.failed: Started | Ended | None = None  # the first whose command the log says failed
        self.seen: dict[bytes, int] = {}  # id of a block: its latest row
        self.folds: list[Fold] = []
        self.new: Started = (None, None, None)  # what starts here
        self.running = False  # a block has started since the last one ended
        self.entered = ""  # the last phase that a fold or an event told
        self.before = SETUP  # the phase of a bare block if the script is yet to come
        self.bare: str | None = None  # the phase of a bare block once the script is over
        self.undecided: list[int] = []  # rows without phase
        self.commands: dict[str, str] = {}
        self.room = MAX_COMMANDS

    def read(self, tags: Iterable[Tag]) -> None:
        for ended, start, finish, event, red, started, command, opened, closed in tags:
            if ended:
                self._end(ended, int(start), int(finish), event)
                if red and not self.failed:
                    self.failed = self._row(ended)
            elif started:
                self._start(started, command)
            elif opened:
                self._start_fold(opened)
            else:
                self._end_fold(closed)

    def failure(self) -> tuple[str | None, str | None] | None:
        """Command and phase of the first block whose command the log says failed."""
        return self.failed and (self.failed[2], self.failed[1] or SCRIPT)

    def _start(self, block: bytes, command: bytes) -> None:
        at = len(self.rows)
        if not at % KEEP and not self._make_room(at):
            return
        new = self.new
        self.rows.append((new[0], new[1], self._command(command)) if command else new)
        self.seen[block] = at
        if new[1] is None:
            self.undecided.append(at)
        self.running = True

    def _end(self, block: bytes, start: int, finish: int, event: bytes) -> None:
        """Its own times count, even where its start was cut off. A clock set back gives a duration of 0."""
        if start > LATEST or finish > LATEST:
            return
        rows = self.rows
        name, phase, command = self.new
        at = self.seen.get(block, -1)
        if at >= 0:
            row = rows[at]
            if len(row) == 3:
                name, phase, command = row
            elif row[3] == start:
                name, phase, command, _, before = row
                finish = max(finish, before)
            else:
                at = -1
        if at < 0 and not len(rows) % KEEP and not self._make_room(len(rows)):
            self.dropped += 1
            return
        self.running = False
        if event:
            name, phase, told = read_event(event, name, phase)
            if told and (told != self.entered or self.undecided):
                self._enter(told)
        if at < 0:
            at = self.seen[block] = len(rows)
            if phase is None:
                self.undecided.append(at)
            rows.append((name, phase, command, start, max(start, finish)))
        else:
            rows[at] = (name, phase, command, start, max(start, finish))

    def _start_fold(self, tag: bytes) -> None:
        name, phase = read_fold(tag)
        for fold in self.folds:
            if fold.name == name:
                return  # Travis CI itself opens some twice and closes them once
        own = not self.running or phase == CHECKOUT
        if own:
            if phase is None:
                phase = self.bare or (None if self.undecided else SETUP)
            elif phase != self.entered or self.undecided:
                self._enter(phase)
            if self.folds:
                self._leave_folds(phase)
        else:
            phase = self.folds[-1].phase if self.folds else self.bare
        if len(self.folds) >= MAX_FOLDS:
            self._unname(self.folds.pop(0))
        self.folds.append(Fold(name, phase, len(self.rows), own))
        self.new = (name, phase, None)

    def _end_fold(self, tag: bytes) -> None:
        name, _ = read_fold(tag)
        for at in range(len(self.folds) - 1, -1, -1):
            if self.folds[at].name == name:
                del self.folds[at]
                self._renew()
                return

    def steps(self, script_reached: bool) -> tuple[Step, ...]:
        """All that ended. `script_reached` is False if a command before the script stopped the job."""
        for fold in self.folds:
            self._unname(fold)
        self._decide(SCRIPT if script_reached else self.before)
        ended = [row for row in self.rows if len(row) == 5]
        self.rows.clear()
        return numbered(ended)

    def _row(self, block: bytes) -> Started | Ended | None:
        at = self.seen.get(block)
        return None if at is None else self.rows[at]

    def _command(self, line: bytes) -> str | None:
        text = plain(line)
        known = self.commands.get(text)
        if known is None and 0 < len(text) <= self.room:
            self.room -= len(text)
            known = self.commands[text] = text
        return known

    def _make_room(self, rows: int) -> bool:
        if rows >= MAX_STEPS:
            return False
        if len(self.seen) > RECENT:
            ended = [block for block, at in self.seen.items() if len(self.rows[at]) == 5]
            for block in (ended or list(self.seen))[:KEEP]:
                del self.seen[block]
        return True

    def _enter(self, phase: str) -> None:
        """The job is in this phase now: what that says of the bare blocks before and after."""
        self.entered = phase
        if phase in BEFORE_SCRIPT or phase == CHECKOUT:
            self._decide(self.before)
            self.before = phase if phase in BEFORE_SCRIPT else SETUP
            self.bare = None
        elif phase in AFTER_SCRIPT:
            self._decide(SCRIPT)
            self.bare = phase
        else:
            return
        self._renew()

    def _renew(self) -> None:
        self.new = (
            (self.folds[-1].name, self.folds[-1].phase, None) if self.folds else (None, self.bare, None)
        )

    def _decide(self, phase: str) -> None:
        for at in self.undecided:
            row = self.rows[at]
            if row[1] is None:
                self.rows[at] = (row[0], phase, *row[2:])
        self.undecided.clear()

    def _leave_folds(self, phase: str | None) -> None:
        """Folds that never end: Travis CI's own span no two phases, a project's may just lack its end."""
        kept = [fold for fold in self.folds if fold.own and fold.phase == phase]
        if len(kept) != len(self.folds):
            for fold in self.folds:
                self._unname(fold)
            self.folds = kept
            self._renew()

    def _unname(self, fold: Fold) -> None:
        """A fold of the project's own that has no end holds nothing."""
        if fold.own:
            return
        for at in range(fold.row, len(self.rows)):
            row = self.rows[at]
            if row[0] == fold.name:
                self.rows[at] = (None, *row[1:])
