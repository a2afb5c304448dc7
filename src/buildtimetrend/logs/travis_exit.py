"""How a Travis CI log ends.

`Done. Your build exited with 1.` is a job that ran to its end: reason `done`, whatever the code. Reason
`failed` is a command before the script that stopped the job. The reasons are those of `model.Exit`.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.text import lines, plain
from buildtimetrend.model import Exit

TAIL = 8192  # bytes at the end of a log where its last statement is looked for
NEAR_END = 16  # lines
MESSAGE = 1000  # characters

DONE = re.compile(r"Done\. (?:Your build|Build script) exited with:? (\d{1,9})\.?$")
# Specific before general: the log says `The build has been terminated` below each of these.
STATEMENTS = {
    "log_limit": r"The log length has exceeded the limit of ",
    "timeout": r"The (?:job|build) exceeded the maximum time limit",
    "stalled": r"No output has been received in the last \d+",
    "canceled": r"Done: Job Cancel+ed",
    "stopped": r"Your build has been stopped\.?$",
    "terminated": r"The (?:job|build) has been terminated",
}
REASONS = list(STATEMENTS)
STATEMENT = re.compile("|".join(f"(?P<{reason}>{words})" for reason, words in STATEMENTS.items()))
# The command may span lines, and quotes are not escaped.
FAILED = re.compile(
    rb'The command "([^\0]{0,4000}?)" failed and exited with (\d{1,9}) during ([\w.-]{0,60}?)\.(?=[\s\x1b]|$)'
)


def read_exit(tail: bytes, failed: tuple[str | None, str | None] | None) -> Exit:
    """What the end of a log says; `failed` is the command and phase that failed further up."""
    text = tail[_last_tag(tail) :]
    stated: dict[str, str] = {}  # by reason, the last line that says so
    for raw in reversed(lines(text)[-NEAR_END:]):
        if not raw:
            continue
        line = plain(raw)
        if done := DONE.match(line):
            code = int(done[1])
            command, phase = failed if failed and code else (None, None)
            return Exit("done", code, command, phase, line[:MESSAGE])
        if (statement := STATEMENT.match(line)) and statement.lastgroup:
            stated.setdefault(statement.lastgroup, line)
    if not stated:
        return Exit()
    reason = min(stated, key=REASONS.index)
    return _stopped(reason, stated[reason], text)


def _stopped(reason: str, line: str, text: bytes) -> Exit:
    found = FAILED.match(text, max(0, text.rfind(b'The command "'))) if reason == "stopped" else None
    if not found:
        return Exit(reason, message=line[:MESSAGE])
    phase = plain(found[3]) if found[3] else None
    return Exit("failed", int(found[2]), plain(found[1])[:MESSAGE], phase, plain(found[0])[:MESSAGE])


def _last_tag(tail: bytes) -> int:
    """The closing words stand below every tag; a script may say the same within its own block."""
    at = tail.rfind(b"travis_")
    while at > 0 and not tail.startswith((b"travis_time:", b"travis_fold:"), at):
        at = tail.rfind(b"travis_", 0, at)
    return max(at, 0)
