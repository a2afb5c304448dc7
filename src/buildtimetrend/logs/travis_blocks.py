"""The timed blocks and folds of a Travis CI log, as their tags come.

What they mean is decided when the whole log is read (travis_outline.py), since much depends on what comes
later: whether a block ends at all, and whether a verdict follows it. Until then little is kept of each.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from buildtimetrend.logs.placing import LATEST
from buildtimetrend.logs.text import plain, shortened
from buildtimetrend.logs.travis_tags import Tag

KEEP = 2048  # a power of 2
MAX_BLOCKS = 64 * KEEP
MAX_EVENTS = 8 * MAX_BLOCKS
RECENT = 2 * KEEP  # blocks whose end may still come, or come again
MAX_TEXT = 4_000_000  # bytes of all distinct commands and names together
MAX_PHASES = 4096
MAX_FAILED = 100  # commands whose own words are kept
HEX = b"0123456789abcdef"

START = 0  # an event: a block starts. The end of block n is ENDED + n.
LEAF = 1  # a block starts and ends, with nothing between
ENDED = 2
NOTHING = -1
OPENED = -2  # fold n starts: -2 - 2 * n
CLOSED = -3  # fold n ends: -3 - 2 * n

OPEN = -1  # as the times of a block: it has not ended


class Blocks:
    """Reads tags in the order of the log.

    Blocks are numbered by where they start, or end if their start was cut off; `starts`, `finishes` and
    `commands` have an item for each. `events` is the order of all starts and ends.
    """

    def __init__(self) -> None:
        self.events = array("i")
        self.starts: list[int] = []  # ns since 1970, as the log has it, or OPEN
        self.finishes: list[int] = []
        self.commands: list[str | None] = []
        self.labels: dict[int, str] = {}  # by block, its id if that is a name
        self.told: dict[int, bytes] = {}  # by block, what its `event=` or `stage=` says
        self.verdicts: dict[int, int] = {}  # by block, what its command exited with
        self.failed: dict[int, str] = {}  # by block, the command as the verdict has it
        # Names; the first is that of those which there is no room for
        self.folds: list[bytes] = [b"fold"]
        self.dropped = 0
        self._fold_events: dict[bytes, int] = {}  # by the tag of a fold
        self._seen: dict[bytes, int] = {}  # by id, the latest block
        self._ended: dict[bytes, int] = {}  # by id, the event of its latest end
        self._hidden: dict[bytes, list[int]] = {}  # by id, those that run while another of that id does
        self._phases: dict[bytes, bytes] = {}
        self._last = -1  # the block that ended last
        self._texts: dict[bytes, str] = {}  # by how the log has them
        self._room = MAX_TEXT

    def read(self, tags: Iterable[Tag]) -> None:  # noqa: PLR0912, PLR0915 - see below
        """In one loop, since a call for each tag would be half of its time."""
        events, starts, finishes, commands = self.events, self.starts, self.finishes, self.commands
        seen, ends, texts = self._seen, self._ended, self._texts
        folds, phases = self._fold_events, self._phases
        if len(events) > MAX_EVENTS:
            tags = [tag for tag in tags if not tag[0]]
        for fold, below, ended, begun, over, phase, verdict, started, command in tags:
            if fold:
                event = folds.get(fold)
                events.append(self._fold(fold) if event is None else event)
                if below and fold.startswith(b"end:"):
                    self._judge(below)
            elif ended:
                start, finish, at = int(begun), int(over), seen.get(ended, -1)
                if start > LATEST or finish > LATEST:
                    continue
                if at >= 0 and starts[at] != OPEN:
                    at, finish = self._ended_before(ended, at, start, finish)
                if finish < start:  # noqa: PLR1730 - a call more; a clock that was set back
                    finish = start
                if at < 0:  # its own times count, even where its start was cut off
                    at = len(commands)
                    if not at % KEEP and not self._make_room(at):
                        self.dropped += 1
                        continue
                    commands.append(None)
                    starts.append(start)
                    finishes.append(finish)
                    events.append(LEAF)
                    seen[ended] = at
                    if len(ended) != 8 or ended.translate(None, HEX):
                        self._label(at, ended)
                else:
                    starts[at] = start
                    finishes[at] = finish
                    if events[-1] == START and at == len(starts) - 1:
                        events[-1] = LEAF
                    else:
                        events.append(ENDED + at)
                ends[ended] = len(events) - 1
                self._last = at
                if phase:
                    self.told[at] = phases.get(phase) or self._phase(phase)
                if verdict:
                    self._judge(verdict)
            else:
                at = len(commands)
                if not at % KEEP and not self._make_room(at):
                    continue
                if started in seen and starts[seen[started]] == OPEN:
                    self._hidden.setdefault(started, []).append(seen[started])
                commands.append((texts.get(command) or self._text(command)) if command else None)
                starts.append(OPEN)
                finishes.append(OPEN)
                events.append(START)
                seen[started] = at
                if len(started) != 8 or started.translate(None, HEX):
                    self._label(at, started)

    def _ended_before(self, block: bytes, at: int, start: int, finish: int) -> tuple[int, int]:
        """The block that ends here, or -1, and when: one around it that has the same id, or itself again."""
        hidden = self._hidden.get(block)
        if hidden:
            return hidden.pop(), finish
        if self.starts[at] != start:
            return -1, finish
        event = self._ended[block]
        if self.events[event] == ENDED + at:
            self.events[event] = NOTHING
        elif self.events[event] == LEAF:
            self.events[event] = START
        return at, max(finish, self.finishes[at])

    def _judge(self, verdict: bytes) -> None:
        if self._last < 0 or self._last in self.verdicts:
            return
        words, _, code = verdict[:-1].rpartition(b'" exited with ')
        self.verdicts[self._last] = int(code)
        if int(code) and len(self.failed) < MAX_FAILED:
            self.failed[self._last] = plain(words.partition(b'"')[2])

    def _fold(self, tag: bytes) -> int:
        """The event of a fold whose tag is new."""
        name = tag.partition(b":")[2]
        if len(name) > self._room:
            return OPENED if tag.startswith(b"start:") else CLOSED
        self._room -= len(name)
        opened = OPENED - 2 * len(self.folds)
        self.folds.append(name)
        self._fold_events[b"start:" + name] = opened
        self._fold_events[b"end:" + name] = opened - 1
        return self._fold_events[tag]

    def _phase(self, name: bytes) -> bytes:
        """Of many blocks that say the same, the text is kept once; nothing of too many different ones."""
        if len(self._phases) >= MAX_PHASES:
            return b""
        self._phases[name] = name
        return name

    def _label(self, at: int, block: bytes) -> None:
        text = None if block.isdigit() else self._text(block)
        if text:
            self.labels[at] = shortened(text)

    def _text(self, line: bytes) -> str | None:
        known = self._texts.get(line)
        if known is None and len(line) <= self._room and (text := plain(line)):
            self._room -= len(line)
            known = self._texts[line] = text
        return known

    def _make_room(self, blocks: int) -> bool:
        if blocks >= MAX_BLOCKS:
            return False
        if len(self._seen) > RECENT:
            ended = [block for block, at in self._seen.items() if self.starts[at] != OPEN]
            for block in (ended or list(self._seen))[:KEEP]:
                del self._seen[block]
                self._ended.pop(block, None)
        if len(self._hidden) > RECENT:
            self._hidden.clear()
        return True
