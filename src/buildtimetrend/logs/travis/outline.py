"""What the timed blocks and folds of a Travis CI log are: phases, names, and which lies in which.

Order tells it, never a clock. A block is inside of another if it starts between that one's tags. What a
project opens inside a block of Travis CI's is over with that block, and changes neither its phase nor its
name, whatever it is called. A block that never ends is around nothing, unless the log ends within it.

Folds and timed blocks are two independent sets of intervals: they cross, and either may lack its end. They
are joined by position: a block belongs to the innermost fold that is open where the block starts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from buildtimetrend.logs.travis.blocks import END, FOLD, OPEN, START, Blocks
from buildtimetrend.logs.travis.phases import (
    AFTER_SCRIPT,
    BEFORE_SCRIPT,
    CHECKOUT,
    LIFECYCLE,
    SCRIPT,
    SETUP,
    read_event,
    read_fold,
)

NOT_AFTER_SCRIPT = BEFORE_SCRIPT | {CHECKOUT, SCRIPT}
MAX_FOLDS = 16  # open at a time


# What Travis CI runs before a script to set a language up
SETUP_COMMAND = re.compile(
    r"(?:nvm|rvm|phpenv|pyenv|jdk_switcher|gvm|kiex|rustup|source ~/virtualenv)\b|\S+ --?version$"
)


class Fold(NamedTuple):
    name: str | None  # None outside of all folds
    phase: str | None  # None while the script may be yet to come
    usual: bool = False  # one of Travis CI's own
    level: int = 0  # how many blocks are around it


UNKNOWN = Fold(None, None)
OUTSIDE = {phase: Fold(None, phase) for phase in (SCRIPT, *AFTER_SCRIPT)}


@lru_cache(1024)
def _fold(tag: bytes) -> tuple[bool, Fold]:
    """Whether it starts there, and the fold."""
    what, _, told = tag.partition(b":")
    name, phase = read_fold(told)
    return what == b"start", Fold(name, phase, phase is not None)


class Outline:
    """`names`, `phases` and `depths` of all blocks. A name is None if neither a fold nor an event gives one.

    `running` are the blocks that ran when the log ended, the outermost first. `stopped_in` is the phase
    before the script in which a command stopped the job, None if the script was reached.
    """

    def __init__(self, blocks: Blocks, running: Sequence[int], stopped_in: str | None) -> None:
        self.names: list[str | None] = []
        self.phases: list[str | None] = []
        self.depths = [0] * len(blocks.starts)
        self.entered = ""  # the last phase that a fold, an event or a verdict told
        self._blocks = blocks
        self.running = running
        self._runs = frozenset(running)
        self._under = 0  # running ones at the bottom of the stack: they have no time, so are not counted
        self._stack: list[int] = []  # blocks that are around what follows
        self._places: dict[int, int] = {}  # by block in the stack, where
        self._folds: list[Fold] = []
        self._outside = UNKNOWN  # where a bare block is, with a phase once the script is reached
        self._here = UNKNOWN  # the fold that a block which starts here lies in, or outside of all
        self._undecided: list[int] = []  # blocks without phase
        self._replay()
        if stopped_in in BEFORE_SCRIPT and self._undecided and self._undecided[-1] == len(self.names) - 1:
            self.phases[self._undecided.pop()] = stopped_in
        self._decide(SETUP if stopped_in else SCRIPT)

    def open_phase(self) -> str | None:
        """That of the fold in which the log ends."""
        outer = [fold.phase for fold in self._folds if not fold.level]
        return outer[-1] if outer else None

    def bare_phase(self) -> str:
        """That of a command in no fold, before the script is reached or after it."""
        return self._outside.phase or SETUP

    def _replay(self) -> None:  # noqa: PLR0912 - a call for each block takes longer than what it does
        folds = list(map(_fold, self._blocks.folds))
        told, verdicts, runs = self._blocks.told, self._blocks.verdicts, self._runs
        block, stack, undecided = -1, self._stack, self._undecided
        names, phases, depths = self.names, self.phases, self.depths
        for event in self._blocks.events:
            if event <= FOLD:
                starts, fold = folds[FOLD - event]
                if not starts:
                    self._end_fold(fold)
                elif stack:
                    self._open(fold._replace(level=len(stack)))
                else:
                    self._start_fold(fold)
            elif event >= END:
                self._end(event - END)
            else:
                block += 1
                if stack:
                    name, phase = self._inner(block)
                    depths[block] = len(stack) - self._under
                else:
                    name, phase, _, _ = self._here
                    if said := told[block]:
                        name, phase, enters = read_event(said, name, phase)
                        if enters and (enters != self.entered or undecided):
                            self._enter(enters)
                            self._renew()
                    elif block in verdicts or block in runs or said is not None:
                        name, phase = self._untold(block, name, phase)
                if phase is None:
                    undecided.append(block)
                names.append(name)
                phases.append(phase)
                if event == START:
                    self._push(block)

    def _push(self, block: int) -> None:
        """What follows is inside of the block, unless that has no end."""
        if self._blocks.starts[block] == OPEN:
            if block not in self._runs:
                return
            self._under += 1
        self._places[block] = len(self._stack)
        self._stack.append(block)

    def _untold(self, block: int, name: str | None, phase: str | None) -> tuple[str | None, str | None]:
        """Of one that no event tells of."""
        if self._is_script(block):
            name, phase = None if self._folds and self._folds[-1].usual else name, SCRIPT
            if self.entered != SCRIPT or self._undecided:
                self._enter(SCRIPT)
                self._renew()
        elif phase is None and self._sets_up(block):
            phase = SETUP
        return name, phase

    def _is_script(self, block: int) -> bool:
        if block in self._blocks.verdicts:
            return not self._folds or self._folds[-1].phase not in LIFECYCLE
        if self._folds or self._outside.phase is not None:
            return False
        return block in self._runs and not self._sets_up(block)

    def _sets_up(self, block: int) -> bool:
        return bool(SETUP_COMMAND.match(self._blocks.commands[block] or ""))

    def _inner(self, block: int) -> tuple[str | None, str | None]:
        fold = self._folds[-1] if self._folds else None
        name = fold.name if fold else None
        label = self._blocks.labels.get(block)
        # What has a number in it may be another in each build: there the fold's name is kept.
        if label and (not fold or fold.level < len(self._stack) or label.isalpha()):
            name = label
        return name, self.phases[self._stack[0]]

    def _end(self, block: int) -> None:
        """Those inside that still run are around nothing any more, and its folds are over."""
        place = self._places.get(block)
        if place is None:
            return
        for over in self._stack[place:]:
            del self._places[over]
        del self._stack[place:]
        while self._folds and self._folds[-1].level > place:
            self._folds.pop()
        self._renew()

    def _start_fold(self, fold: Fold) -> None:
        """One that no block is around."""
        if self._folds and any(fold.name == other.name for other in self._folds):
            return  # Travis CI itself opens some twice and closes them once
        bare = self._outside.phase
        if fold.phase in NOT_AFTER_SCRIPT and bare in AFTER_SCRIPT:
            # Travis CI goes back to no phase: it is a project's own, whatever it is called.
            fold = fold._replace(phase=self._folds[-1].phase if self._folds else bare, usual=False)
        elif fold.phase is None:
            fold = fold._replace(phase=bare or (None if self._undecided else SETUP))
        elif fold.phase != self.entered or self._undecided:
            self._enter(fold.phase)
        if self._folds:
            # Those that never end: Travis CI's own span no two phases.
            self._folds = [other for other in self._folds if other.phase == fold.phase]
        self._open(fold)

    def _open(self, fold: Fold) -> None:
        if len(self._folds) >= MAX_FOLDS:
            del self._folds[1]
        self._folds.append(fold)
        self._here = fold

    def _end_fold(self, fold: Fold) -> None:
        folds = self._folds
        if folds and folds[-1].name == fold.name:  # as nearly always
            folds.pop()
            self._renew()
            return
        for at in range(len(folds) - 1, -1, -1):
            if folds[at].name == fold.name:
                del folds[at]
                self._renew()
                return

    def _enter(self, phase: str) -> None:
        """The job is in this phase now: what that says of the bare blocks before and after."""
        self.entered = phase
        if phase in OUTSIDE:
            self._decide(SETUP if phase == SCRIPT else SCRIPT)
            self._outside = OUTSIDE[phase]
        elif phase in BEFORE_SCRIPT or phase == CHECKOUT:
            self._decide(SETUP)
            self._outside = UNKNOWN

    def _renew(self) -> None:
        self._here = self._folds[-1] if self._folds else self._outside

    def _decide(self, phase: str) -> None:
        for block in self._undecided:
            self.phases[block] = phase
        self._undecided.clear()
