"""The real logs in `data/`, taken apart where a simulated build needs other words (data/SOURCES.md)."""

from __future__ import annotations

import gzip
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

_TIME = re.compile(
    rb"travis_time:start:(?P<started>[\w.-]+)(?=[\r\n])"
    rb"|travis_time:end:(?P<ended>[\w.-]+):start=(?P<start>\d+),finish=(?P<finish>\d+),duration=(?P<duration>\d+)"
    rb"(?:,(?:event|stage)=(?P<event>\w+))?"
    rb"|travis_fold:start:(?P<fold>[\w.-]+)(?=[\r\n])"
    rb"|travis_fold:end:(?P<folded>[\w.-]+)(?=[\r\n])"
)
_WORDS = re.compile(
    rb"\nBuild id: (?P<build_id>\d+)|\nJob id: (?P<job_id>\d+)|\nstartup: (?P<boot>[\d.]+m?s)"
    rb"|\nDone\. Your build exited with (?P<exit>\d)"
)
_COMMAND_ENDED = re.compile(
    rb'\x1b\[3(?P<colour>[12]);1mThe command "(?P<command>[^\x1b]*?)" exited with (?P<code>\d+)\.'
)
_ESCAPES = re.compile(rb"\x1b\[[\d;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Block:
    """One timed block of a log. Where its clock was read twice, `start` and `finish` are the last reading."""

    id: bytes
    phase: str  # the event or, before 2019, the fold that it lies in; `script` outside of any
    command: str
    begin: int  # offset of its output
    end: int  # offset just after its end tag
    start: int  # ns since 1970
    finish: int


@dataclass(frozen=True, slots=True)
class Slot:
    """Bytes [begin, end) of the log that a simulated build says in its own way; `key` tells what they are."""

    begin: int
    end: int
    key: str | tuple[str, int]  # ("start" | "finish", ns) or ("duration", index into `clocks`)


@dataclass(frozen=True)
class Recording:
    name: str
    content: bytes
    blocks: tuple[Block, ...]  # in order of their end tags
    clocks: tuple[tuple[int, int], ...]  # start and finish of every end tag, repeated ones too
    slots: tuple[Slot, ...]

    @cached_property
    def instants(self) -> tuple[int, ...]:
        """Every instant in the log, ascending, in ns since 1970."""
        return tuple(sorted({instant for clock in self.clocks for instant in clock}))

    @cached_property
    def spans(self) -> tuple[tuple[int, int | None], ...]:
        """The ns between one instant and the next, with the index of the innermost block that covers them."""
        pairs = zip(self.instants, self.instants[1:], strict=False)
        return tuple((late - early, self._innermost(early, late)) for early, late in pairs)

    def _innermost(self, early: int, late: int) -> int | None:
        covering = [
            (block.finish - block.start, index)
            for index, block in enumerate(self.blocks)
            if block.start <= early and late <= block.finish
        ]
        return min(covering)[1] if covering else None

    @cached_property
    def last_script(self) -> int:
        """Index of the block whose command decides how the build ends."""
        ended = [match.start() for match in _COMMAND_ENDED.finditer(self.content)]
        if not ended:
            return len(self.blocks) - 1
        return max(0, bisect_right([block.end for block in self.blocks], ended[-1]) - 1)

    def first_of(self, *phases: str) -> int:
        """Index of the first block of the first of these phases that the log has, else of `last_script`."""
        found = [i for phase in phases for i, block in enumerate(self.blocks) if block.phase == phase]
        return found[0] if found else self.last_script

    def steps_before(self, offset: int | None = None) -> int:
        """How many timed blocks have ended before this offset; a block that ends twice counts once."""
        return sum(offset is None or block.end <= offset for block in self.blocks)


@cache
def recording(name: str) -> Recording:
    content = gzip.decompress((files(__package__) / "data" / f"{name}.log.gz").read_bytes())
    blocks, clocks, slots = _timings(content)
    return Recording(
        name,
        content,
        tuple(blocks.values()),
        tuple(clocks),
        tuple(sorted([*slots, *_words(content)], key=_begin)),
    )


def names() -> tuple[str, ...]:
    entries = (files(__package__) / "data").iterdir()
    return tuple(
        sorted(entry.name.removesuffix(".log.gz") for entry in entries if entry.name.endswith(".log.gz"))
    )


def _begin(slot: Slot) -> int:
    return slot.begin


def _timings(content: bytes) -> tuple[dict[tuple[bytes, int], Block], list[tuple[int, int]], list[Slot]]:
    open_folds: list[str] = []
    begins: dict[bytes, tuple[int, str]] = {}
    blocks: dict[tuple[bytes, int], Block] = {}
    clocks: list[tuple[int, int]] = []
    slots: list[Slot] = []
    for tag in _TIME.finditer(content):
        if fold := tag["fold"]:
            open_folds.append(fold.decode())
        elif (folded := tag["folded"]) and folded.decode() in open_folds:
            open_folds.remove(folded.decode())
        elif started := tag["started"]:
            begins[started] = (tag.end(), _phase(open_folds))
        elif (ended := tag["ended"]) and ended in begins:
            start, finish = int(tag["start"]), int(tag["finish"])
            slots += [Slot(*tag.span(key), (key, len(clocks))) for key in ("start", "finish", "duration")]
            clocks.append((start, finish))
            begin, phase = begins[ended]
            phase = tag["event"].decode() if tag["event"] else phase
            command = _command(content[begin : tag.start()])
            blocks[ended, start] = Block(ended, phase, command, begin, tag.end(), start, finish)
    return blocks, clocks, slots


def _phase(open_folds: list[str]) -> str:
    return open_folds[-1].rstrip("0123456789").rstrip(".") if open_folds else "script"


def _command(output: bytes) -> str:
    first = _ESCAPES.sub(b"", output.lstrip(b"\r\n")).lstrip(b"\r\n").splitlines()[:1]
    return first[0].removeprefix(b"$ ").decode(errors="replace") if first else ""


def _words(content: bytes) -> list[Slot]:
    found = [Slot(*match.span(key), key) for match in _WORDS.finditer(content) if (key := match.lastgroup)]
    if ended := list(_COMMAND_ENDED.finditer(content)):
        found += [Slot(*ended[-1].span(key), key) for key in ("colour", "code")]
    return found
