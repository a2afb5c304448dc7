"""Which timed blocks of a Travis CI log ran when it ended."""

from __future__ import annotations

from bisect import bisect_left

from buildtimetrend.logs.travis.blocks import END, FOLD, LEAF, OPEN, START, Blocks


def running(blocks: Blocks) -> list[int]:
    """The outermost first. A block that never ends is over nevertheless once one around it has ended, or the
    fold that it started in, or a command of the script: then its end was lost. So it was of a block without a
    command, which is one of set-up or a project's own, where a command follows.
    """
    judged = max(blocks.verdicts, default=-1)
    return _Running(blocks).found() if OPEN in blocks.starts[judged + 1 :] else []


class _Running:
    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._stack: list[int] = []  # blocks that have not ended, ascending
        self._begun = 0  # blocks so far
        # Folds that are open: how many of the name are inside, and the first block that may be
        self._folds: dict[bytes, tuple[int, int]] = {}

    def found(self) -> list[int]:
        folds = [tag.partition(b":") for tag in self._blocks.folds]
        for event in self._blocks.events:
            if event in (START, LEAF):
                self._begin(self._begun)
                self._begun += 1
                if event == LEAF:
                    self._end(self._begun - 1)
            elif event >= END:
                self._end(event - END)
            else:
                what, _, name = folds[FOLD - event]
                if what == b"end":
                    self._close(name)
                else:
                    self._open(name)
        return [block for block in self._stack if self._blocks.starts[block] == OPEN]

    def _begin(self, block: int) -> None:
        commands = self._blocks.commands
        while commands[block] and self._stack and not commands[self._stack[-1]]:
            self._stack.pop()
        self._stack.append(block)

    def _end(self, block: int) -> None:
        place = bisect_left(self._stack, block)
        if self._stack[place : place + 1] == [block]:
            del self._stack[place:]
        if block in self._blocks.verdicts:
            self._stack.clear()

    def _open(self, fold: bytes) -> None:
        again, first = self._folds.get(fold, (-1, self._begun))
        self._folds[fold] = (again + 1, first) if self._stack else (0, self._begun)

    def _close(self, fold: bytes) -> None:
        again, first = self._folds.pop(fold, (-1, 0))
        if again > 0:
            self._folds[fold] = again - 1, first
        elif not again:
            del self._stack[bisect_left(self._stack, first) :]
