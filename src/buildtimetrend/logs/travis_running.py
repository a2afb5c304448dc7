"""Which timed blocks of a Travis CI log ran when it ended."""

from __future__ import annotations

from array import array

from buildtimetrend.logs.travis_blocks import ENDED, LEAF, NOTHING, OPEN, OPENED, START, Blocks


def running(blocks: Blocks) -> list[int]:
    """The outermost first. A block that never ends is over nevertheless once one around it has ended, or the
    fold that it started in, or a command of the script: then its end was lost.
    """
    return _Running(blocks).found() if OPEN in blocks.starts else []


class _Running:
    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._stack: list[int] = []
        self._places = array("i")  # by block, its place in the stack
        self._over = 0  # the first block that may run yet
        self._folds: dict[int, int] = {}  # those that no block is around, and how many of the name are inside

    def found(self) -> list[int]:
        for event in self._blocks.events:
            if event in (START, LEAF):
                self._stack.append(len(self._places))
                self._places.append(len(self._stack) - 1)
                if event == LEAF:
                    self._end(len(self._places) - 1)
            elif event >= ENDED:
                self._end(event - ENDED)
            elif event != NOTHING:
                number, closes = divmod(OPENED - event, 2)
                if closes:
                    self._close(number)
                else:
                    self._open(number)
        return [at for at in self._stack if at >= self._over and self._blocks.starts[at] == OPEN]

    def _end(self, block: int) -> None:
        place = self._places[block]
        if place < len(self._stack) and self._stack[place] == block:
            del self._stack[place:]
        if block in self._blocks.verdicts:
            self._over = len(self._places)

    def _open(self, fold: int) -> None:
        inside = bool(self._stack) and self._stack[-1] >= self._over
        self._folds[fold] = self._folds[fold] + 1 if inside and fold in self._folds else 0

    def _close(self, fold: int) -> None:
        inside = self._folds.pop(fold, None)
        if inside:
            self._folds[fold] = inside - 1
        elif inside == 0:
            self._over = len(self._places)
