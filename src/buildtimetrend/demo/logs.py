"""Real logs told again with other times: what a simulated job's log says.

Only numbers change: the instants and durations of timed blocks, ids, boot time, exit codes. A first line says
that the log is simulated; a build that stops early ends in the words that Travis CI uses for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from buildtimetrend.demo.recordings import Recording

MARKER = b"Simulated: this is a recorded log, told again with other times (buildtimetrend demo)\r\n"


class Ending(StrEnum):
    PASSED = "passed"
    FAILED = "failed"  # the last script command exits with 1
    STOPPED = "stopped"  # a command before the script fails, and the build stops there
    CANCELED = "canceled"  # somebody stops it in the middle of a script command


@dataclass(frozen=True, slots=True)
class Telling:
    """How one job tells a recording. `factors` stretch the recording's blocks, one each."""

    recording: Recording
    build_id: int
    job_id: int
    start_ns: int  # of the first timed block
    boot: float  # s
    factors: tuple[float, ...]
    ending: Ending = Ending.PASSED

    @property
    def cut(self) -> int | None:
        """Offset in the recording at which this job's log breaks off."""
        if self.ending is Ending.STOPPED:
            return self.recording.blocks[self._stopped_at].end
        if self.ending is Ending.CANCELED:
            block = self.recording.blocks[self.recording.last_script]
            middle = (block.begin + block.end) // 2
            return max(self.recording.content.rfind(b"\n", block.begin, middle) + 1, block.begin)
        return None

    @property
    def steps(self) -> int:
        """The timed blocks that this log tells of."""
        return self.recording.steps_before(self.cut)

    @property
    def finish_ns(self) -> int:
        """The instant of the last tag; for a canceled job, the middle of the block that it breaks off in."""
        if self.ending is Ending.CANCELED:
            block, times = self.recording.blocks[self.recording.last_script], self.times()
            return (times[block.start] + times[block.finish]) // 2
        if self.ending is Ending.STOPPED:
            return self.times()[self.recording.blocks[self._stopped_at].finish]
        return self.times()[self.recording.instants[-1]]

    @property
    def _stopped_at(self) -> int:
        return self.recording.first_of(
            "install", "before_install", "before_script", "apt", "git.checkout", "checkout"
        )

    def times(self) -> dict[int, int]:
        """The recording's instants, each with the one that takes its place; order and nesting stay."""
        lengths = [
            length if block is None else int(length * self.factors[block])
            for length, block in self.recording.spans
        ]
        return dict(zip(self.recording.instants, accumulate(lengths, initial=self.start_ns), strict=True))

    def log(self) -> bytes:
        content, cut = self.recording.content, self.cut
        pieces, position = [MARKER], 0
        words = self._words()
        for slot in self.recording.slots:
            if cut is not None and slot.end > cut:
                break
            pieces += [content[position : slot.begin], words[slot.key]]
            position = slot.end
        pieces += [content[position:cut], self._last_words()]
        return b"".join(pieces)

    def _words(self) -> dict[str | tuple[str, int], bytes]:
        code = b"1" if self.ending is Ending.FAILED else b"0"
        words: dict[str | tuple[str, int], bytes] = {
            "build_id": b"%d" % self.build_id,
            "job_id": b"%d" % self.job_id,
            "boot": b"%.6fs" % self.boot,
            "exit": code,
            "code": code,
            "colour": b"1" if self.ending is Ending.FAILED else b"2",
        }
        times = self.times()
        for index, (start, finish) in enumerate(self.recording.clocks):
            started, finished = times[start], times[finish]
            words["start", index] = b"%d" % started
            words["finish", index] = b"%d" % finished
            words["duration", index] = b"%d" % (finished - started)
        return words

    def _last_words(self) -> bytes:
        if self.ending is Ending.STOPPED:
            command = self.recording.blocks[self._stopped_at].command.encode()
            return (
                b'\r\x1b[0K\r\n\x1b[31;1mThe command "%s" failed and exited with 1 during .\x1b[0m\r\n\r\n'
                b"Your build has been stopped.\r\n" % command
            )
        return b"\r\n\r\nDone: Job Cancelled\r\n" if self.ending is Ending.CANCELED else b""
