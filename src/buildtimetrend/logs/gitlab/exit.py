"""How a GitLab CI trace ends.

`Job succeeded`, or `ERROR: Job failed: …`, which the runner writes below its last section. Reason `done` is a
script that ran to its end, whatever it exited with; `failed` is a stage before it. The reasons are those of
`model.Exit`. The stage that failed is the last that does not also run after a failure; the command is the
last that the runner showed in it, since its shells stop at the first that fails.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.gitlab.lines import unstamped
from buildtimetrend.logs.gitlab.markers import TAG
from buildtimetrend.logs.gitlab.sections import Outline, Sections
from buildtimetrend.logs.gitlab.stages import AFTER_A_FAILURE, ARTIFACTS, CHECKOUT, SCRIPT, SETUP, phase_of
from buildtimetrend.logs.text import plain
from buildtimetrend.model import Exit

TAIL = 8192  # bytes at the end of a trace where its last statement is looked for
NEAR_END = 40  # lines
MESSAGE = 1000  # characters
RED = b"\x1b[31;1m"  # as the runner shows errors

SUCCEEDED = re.compile(r"Job succeeded$")
FAILED = re.compile(r"(?:ERROR: )?Job failed(?P<system> \(system failure\))?: (?P<why>.*)")
LOG_LIMIT = re.compile(r"Job's log exceeded limit of \d+")
CODE = re.compile(r"\bexit(?:ed with)? (?:code|status):? (\d{1,10})\b")
# What the runner says of a job that it ended itself
ENDED = (
    ("timeout", re.compile(r"execution took longer than|context deadline exceeded|timed? ?out\b", re.I)),
    ("canceled", re.compile(r"cancell?ed\b", re.I)),
    ("terminated", re.compile(r"aborted\b", re.I)),
)
MARK = re.compile(rb"section_(?:start|end):[0-9.,]{1,29}:[^\s\x1b]{1,700}")


def read_exit(tail: bytes, sections: Sections, outline: Outline) -> Exit:
    """Of the end of the trace, and what its sections tell."""
    runs = bool(outline.running)
    for raw in reversed(unstamped(_last_words(tail)).replace(b"\r", b"\n").rsplit(b"\n", NEAR_END)):
        line = plain(raw)
        if LOG_LIMIT.match(line):
            return _in_stage("log_limit", None, line, sections, outline)
        if SUCCEEDED.match(line) and not runs:
            return Exit("done", 0, message=line)
        failed = FAILED.match(line)
        if failed and (not runs or RED in raw or not CODE.search(line)):
            return _failed(failed, sections, outline)
    return _in_stage(None, None, None, sections, outline) if runs else Exit()


def _failed(said: re.Match[str], sections: Sections, outline: Outline) -> Exit:
    line, why = said.string, said["why"]
    code = CODE.search(why)
    ended = None if code else next((reason for reason, words in ENDED if words.search(why)), None)
    stage = _stage(outline, sections)
    phase = phase_of(stage) if stage else None
    if ended == "timeout" and said["system"]:
        ended = None  # a machine that did not come up in time
    if ended:
        return _in_stage(ended, None, line, sections, outline)
    if phase in (SCRIPT, ARTIFACTS) and _begun(outline, SCRIPT):
        reason = "terminated" if said["system"] else "done"
    else:
        reason = "clone_failed" if phase == CHECKOUT else "failed"
        phase = phase or SETUP
    number = int(code[1]) if code else None
    return Exit(reason, number, sections.commands.get(stage or ""), phase, line[:MESSAGE])


def _in_stage(
    reason: str | None, code: int | None, line: str | None, sections: Sections, outline: Outline
) -> Exit:
    stage = _stage(outline, sections)
    phase = phase_of(stage) if stage else None
    return Exit(reason, code, sections.commands.get(stage or ""), phase, line[:MESSAGE] if line else None)


def _stage(outline: Outline, sections: Sections) -> str | None:
    """That which ran when the trace ended, else that which failed."""
    running = [sections.names[at] for at in outline.running]
    own = next((name for name in running if phase_of(name) and name not in AFTER_A_FAILURE), None)
    return own or outline.failed_stage or next(iter(outline.stages[-1:]), None)


def _begun(outline: Outline, phase: str) -> bool:
    return any(phase_of(name) == phase for name in outline.stages)


def _last_words(tail: bytes) -> bytes:
    """What stands below every marker, as the runner's last words do."""
    at = tail.rfind(TAG)
    while at >= 0 and not (mark := MARK.match(tail, at)):
        at = tail.rfind(TAG, 0, at)
    return tail[mark.end() :] if at >= 0 and mark else tail
