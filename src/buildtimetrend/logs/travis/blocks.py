"""The timed blocks and folds of a Travis CI log, as their tags come.

What they mean is decided when the whole log is read (travis_outline.py), since much depends on what comes
later: whether a block ends at all, and whether a verdict follows it. Until then little is kept of each.
"""

from __future__ import annotations

from collections.abc import Iterable

from buildtimetrend.logs.placing import LATEST
from buildtimetrend.logs.text import plain, shortened
from buildtimetrend.logs.travis.tags import Tag

KEEP = 2048  # a power of 2
MAX_BLOCKS = 64 * KEEP
MAX_EVENTS = 8 * MAX_BLOCKS
MAX_FOLDS = 8 * KEEP  # distinct tags
RECENT = 2 * KEEP  # blocks whose end may still come, or come again
MAX_TEXT = 4_000_000  # bytes of all distinct commands and names together
MAX_PHASES = 4096
MAX_FAILED = 100  # commands whose own words are kept
HEX = b"0123456789abcdef"

# An event
START = 0  # a block starts
LEAF = 1  # a block starts and ends, with nothing between
END = 2  # block n ends: END + n
FOLD = -1  # the tag n of a fold: FOLD - n

OPEN = -1  # as the times of a block: it has not ended


class Blocks:
    """Reads tags in the order of the log.

    Blocks are numbered by where they start, or end if their start was cut off; `starts`, `finishes`,
    `commands` and `told` have an item for each. `events` is the order of all starts and ends.
    """

    def __init__(self) -> None:
        self.events: list[int] = []
        self.starts: list[int] = []  # ns since 1970, as the log has it, or OPEN
        self.finishes: list[int] = []
        self.commands: list[str | None] = []
        self.labels: dict[int, str] = {}  # by block, its id if that is a name
        self.told: list[bytes | None] = []  # what its `event=` or `stage=` says
        self.verdicts: dict[int, int] = {}  # by block, what its command exited with
        self.failed: dict[int, str] = {}  # by block, the command as the verdict has it
        self.folds: dict[bytes, int] = {}  # tags of folds, with their events
        self.dropped = 0
        self._seen: dict[bytes, int] = {}  # by id, the latest block
        self._again: dict[int, int] = {}  # by block, how many more ends of it came
        self._around = False  # one of those may be around another that came since its first end
        self._hidden: dict[bytes, list[int]] = {}  # by id, those that run while another of that id does
        self._phases: dict[bytes, bytes] = {}
        self._last = -1  # the block that ended last
        self._texts: dict[bytes, str] = {}  # by how the log has them
        self._room = MAX_TEXT

    def read(self, tags: Iterable[Tag]) -> None:  # noqa: PLR0912, PLR0915 - see below
        """In one loop, since a call for each tag would be half of its time."""
        events, starts, finishes, commands = self.events, self.starts, self.finishes, self.commands
        seen, texts, folds, told = self._seen, self._texts, self.folds, self.told
        newest, last = len(commands) - 1, self._last
        if len(events) > MAX_EVENTS or len(folds) > MAX_FOLDS:
            known = folds if len(events) <= MAX_EVENTS else {}
            tags = [tag for tag in tags if not tag[0] or tag[0] in known]
        for fold, ended, begun, over, phase, verdict, started, command in tags:
            if fold:
                events.append(folds.setdefault(fold, FOLD - len(folds)))
                if verdict and fold.startswith(b"end:"):
                    self._judge(last, verdict)
            elif ended:
                start, finish, at = int(begun), int(over), seen.get(ended, -1)
                if not start <= finish <= LATEST:
                    finish = max(start, finish)  # a clock that was set back
                    if finish > LATEST:
                        continue
                if at >= 0 and starts[at] != OPEN:
                    at, finish = self._ended_before(ended, at, start, finish)
                if at < 0:  # its own times count, even where its start was cut off
                    at = newest + 1
                    if not at % KEEP and not self._make_room(at):
                        self.dropped += 1
                        continue
                    newest = at
                    commands.append(None)
                    starts.append(start)
                    finishes.append(finish)
                    told.append(phase or None)
                    events.append(LEAF)
                    seen[ended] = at
                    if len(ended) != 8 or ended.strip(HEX):
                        self._label(at, ended)
                else:
                    starts[at] = start
                    finishes[at] = finish
                    if phase:
                        told[at] = phase
                    if at == newest and events[-1] == START:
                        events[-1] = LEAF
                    else:
                        events.append(END + at)
                last = at
                if verdict:
                    self._judge(at, verdict)
            else:
                at = newest + 1
                if not at % KEEP and not self._make_room(at):
                    continue
                newest = at
                if started in seen and starts[seen[started]] == OPEN:
                    self._hidden.setdefault(started, []).append(seen[started])
                commands.append((texts.get(command) or self._text(command)) if command else None)
                starts.append(OPEN)
                finishes.append(OPEN)
                told.append(None)
                events.append(START)
                seen[started] = at
                if len(started) != 8 or started.strip(HEX):
                    self._label(at, started)
        self._last = last

    def end(self) -> None:
        """Of a block that ended again the last end counts."""
        if not self._around:
            return
        block = -1
        read, self.events = self.events, []
        for event in read:
            block += START <= event < END
            ended = block if event == LEAF else event - END
            if again := self._again.get(ended, 0):
                self._again[ended] = again - 1
                if event == LEAF:
                    self.events.append(START)
            else:
                self.events.append(event)

    def _ended_before(self, block: bytes, at: int, start: int, finish: int) -> tuple[int, int]:
        """The block that ends here, or -1, and when: one around it that has the same id, or itself again."""
        hidden = self._hidden.get(block)
        if hidden:
            return hidden.pop(), finish
        if self.starts[at] != start:
            return -1, finish
        self._again[at] = self._again.get(at, 0) + 1
        self._around |= at < len(self.starts) - 1
        return at, max(finish, self.finishes[at])

    def _judge(self, block: int, verdict: bytes) -> None:
        if block < 0 or block in self.verdicts:
            return
        words, _, code = verdict[:-1].rpartition(b'" exited with ')
        self.verdicts[block] = int(code)
        if int(code) and len(self.failed) < MAX_FAILED:
            self.failed[block] = plain(words.partition(b'"')[2])

    def _label(self, at: int, block: bytes) -> None:
        text = None if block.isdigit() else self._texts.get(block) or self._text(block)
        if text:
            self.labels[at] = shortened(text)

    def _text(self, line: bytes) -> str | None:
        """Of a line that is new."""
        if len(line) > self._room or not (text := plain(line)):
            return None
        self._room -= len(line)
        self._texts[line] = text
        return text

    def _make_room(self, blocks: int) -> bool:
        if blocks >= MAX_BLOCKS:
            return False
        if len(self._seen) > RECENT:
            ended = [block for block, at in self._seen.items() if self.starts[at] != OPEN]
            for block in (ended or list(self._seen))[:KEEP]:
                del self._seen[block]
        if len(self._hidden) > RECENT:
            self._hidden.clear()
        # Of many blocks that say the same, the text is kept once; nothing of too many different ones.
        for at in range(max(0, blocks - KEEP), blocks):
            if phase := self.told[at]:
                few = phase in self._phases or len(self._phases) < MAX_PHASES
                self.told[at] = self._phases.setdefault(phase, phase) if few else b""
        return True
