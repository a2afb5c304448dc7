"""The sections of a GitLab CI trace: which lies in which, and which ran when it ended.

Order tells it, never a clock. A section lies in another if it starts between that one's marks. What is opened
in a section is around nothing any more once that one has ended. A section that never ends is around nothing.
Of sections that share a name, an end belongs to the one that started last; an end without a start is none.
"""

from __future__ import annotations

from collections.abc import Iterable

from buildtimetrend.logs.gitlab.markers import ENDS, STARTS, Found
from buildtimetrend.logs.gitlab.stages import AFTER_A_FAILURE, SCRIPT, phase_of
from buildtimetrend.logs.text import plain, shortened

MAX_SECTIONS = 131_072
MAX_TEXT = 4_000_000  # bytes of all distinct names together
COLLAPSED = " # collapsed multi-line command"

START = -1  # an event: the next section starts; else the number of the one that ends
OPEN = -1  # as the end of a section: it has not ended


class Sections:
    """Reads markers in the order of the trace. Sections are numbered by where they start."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.starts: list[int] = []  # ns since 1970, as the trace has it
        self.finishes: list[int] = []  # the same, or OPEN
        self.events: list[int] = []
        self.commands: dict[str, str] = {}  # by stage of the runner, the last that it ran
        self.dropped = 0
        self._open: dict[bytes, list[int]] = {}  # by name, those that have not ended
        self._texts: dict[bytes, str] = {}
        self._room = MAX_TEXT
        self._stage = ""  # of the runner, the last that began
        self._stages: set[str] = set()

    def read(self, found: Iterable[Found]) -> None:
        for what, at, text in found:
            if what == STARTS:
                self._start(at, text)
            elif what == ENDS:
                self._end(at, text)
            else:
                self.commands[self._stage] = plain(text).removesuffix(COLLAPSED)

    def _start(self, at: int, called: bytes) -> None:
        name = self._texts.get(called) or self._text(called)
        if name is None or len(self.names) >= MAX_SECTIONS:
            self.dropped += 1
            return
        self._open.setdefault(called, []).append(len(self.names))
        self.names.append(name)
        self.starts.append(at)
        self.finishes.append(OPEN)
        self.events.append(START)
        if name in self._stages:
            self._stage = name

    def _end(self, at: int, called: bytes) -> None:
        running = self._open.get(called)
        if not running:
            return
        section = running.pop()
        if not running:
            del self._open[called]
        self.finishes[section] = max(self.starts[section], at)  # a clock may be set back
        self.events.append(section)

    def _text(self, name: bytes) -> str | None:
        """Of a name that is new."""
        if len(name) > self._room or not (text := plain(name)):
            return None
        self._room -= len(name)
        self._texts[name] = text = shortened(text)
        if phase_of(text):
            self._stages.add(text)
        return text


class Outline:
    """`phases` and `depths` of all sections; `running` are those that ran when the trace ended, the outermost
    first, and `stages` the runner's own that began, in their order.
    """

    def __init__(self, sections: Sections) -> None:
        self.phases: list[str] = []
        self.depths: list[int] = []
        self.stages: list[str] = []
        self._sections = sections
        self._stack: list[int] = []  # those that are around what follows
        self._places: dict[int, int] = {}  # by section in the stack, where
        self._endless: list[tuple[int, int]] = []  # those that never end, and how many were around them
        self._phase = SCRIPT  # of what lies in no section that ends
        self._replay()

    @property
    def running(self) -> list[int]:
        return [section for section, _ in self._endless]

    @property
    def failed_stage(self) -> str | None:
        """The one that failed, of a job that did: the last that does not also run after a failure."""
        return next((name for name in reversed(self.stages) if name not in AFTER_A_FAILURE), None)

    def _replay(self) -> None:
        section = -1
        for event in self._sections.events:
            if event == START:
                section += 1
                self._start(section)
            elif event in self._places:
                self._end(self._places[event])

    def _start(self, section: int) -> None:
        name, stack = self._sections.names[section], self._stack
        own = None if stack else phase_of(name)
        if own:
            # The runner's stages follow one another: one whose end was lost is over.
            self.stages.append(name)
            self._endless.clear()
            self._phase = SCRIPT
        self.phases.append(own or (self.phases[stack[0]] if stack else self._phase))
        self.depths.append(len(stack))
        if self._sections.finishes[section] == OPEN:
            self._endless.append((section, len(stack)))
            self._phase = own or self._phase
        else:
            self._places[section] = len(stack)
            stack.append(section)

    def _end(self, place: int) -> None:
        for over in self._stack[place:]:
            del self._places[over]
        del self._stack[place:]
        while self._endless and self._endless[-1][1] > place:
            self._endless.pop()
