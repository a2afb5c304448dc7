"""How a Travis CI log ends.

`Done. Your build exited with 1.` is a job that ran to its end: reason `done`, whatever the code. Reason
`failed` is a command before the script that stopped the job. The reasons are those of `model.Exit`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from buildtimetrend.logs.text import plain
from buildtimetrend.logs.travis.blocks import Blocks
from buildtimetrend.logs.travis.outline import Outline
from buildtimetrend.logs.travis.phases import AFTER_SCRIPT, CHECKOUT, FOLDS, SCRIPT, SETUP
from buildtimetrend.logs.travis.untimed import Untimed
from buildtimetrend.model import Exit

TAIL = 8192  # bytes at the end of a log where its last statement is looked for
NEAR_END = 16  # lines
MESSAGE = 1000  # characters

# Reasons of a job that no command was running in when it ended.
OVER = frozenset({"done", "failed", "stopped", "clone_failed"})

# A terminal without a description prints `nl` where the end of a line is meant.
DONE = re.compile(r"(?:nl)*Done\. (?:Your build|Build script) exited with:? (\d{1,9})\.?$")
# Specific before general: the log says `The build has been terminated` below each of these.
STATEMENTS = {
    "log_limit": r"The log length has exceeded the limit of ",
    "timeout": r"The (?:job|build) exceeded the maximum time limit",
    "stalled": r"No output has been received in the last \d+",
    "canceled": r"Done: Job Cancel+ed",
    "stopped": r"Your build has been stopped\.?$",
    "terminated": r"The (?:job|build) has been terminated",
    "clone_failed": r"Failed to clone from \w+",
}
REASONS = list(STATEMENTS)
STATEMENT = re.compile("|".join(f"(?P<{reason}>{words})" for reason, words in STATEMENTS.items()))
# The command may span lines, and quotes are not escaped.
FAILED = re.compile(
    rb'The command "([^\0]{0,4000}?)" failed and exited with (\d{1,9}) during ([\w.-]{0,60}?)\.(?=[\s\x1b]|$)'
)
# Of the script; the first is what a log says of a command that no timed block told of.
EXITED = re.compile(rb'The command "((?:(?!The command \")[^\0]){0,4000}?)" exited with ([1-9]\d{0,8})\.')
RETURNED = re.compile(rb"(?m)^([a-z_]{1,20}): '(.{1,1000})' returned false\.")  # in 2012
TAG = re.compile(rb"travis_(?:time|fold):[^\r\n\x1b]*")
CLONE = re.compile(r"(?:eval )?git clone\b")


def read_exit(tail: bytes) -> Exit:
    """What the end of a log says; a phase where its last words name one."""
    text = _last_words(tail)
    if done := _done(text.rstrip().rpartition(b"\n")[2]):  # as most do
        return done
    stated: dict[str, str] = {}  # by reason, the last line that says so
    for raw in reversed(text.rsplit(b"\n", NEAR_END)[-NEAR_END:]):
        if not raw.strip():
            continue
        if not stated and (done := _done(raw)):
            return done
        line = plain(raw.replace(b"\r", b""))
        if (statement := STATEMENT.match(line)) and statement.lastgroup:
            stated.setdefault(statement.lastgroup, line)
    if not stated:
        return _stopped("stopped", "", text)
    reason = min(stated, key=REASONS.index)
    return _stopped(reason, stated[reason], text)


@lru_cache(64)  # logs end in few ways
def _done(raw: bytes) -> Exit | None:
    line = plain(raw.replace(b"\r", b""))
    done = DONE.match(line)
    return Exit("done", int(done[1]), None, None, line[:MESSAGE]) if done else None


def complete(said: Exit, tail: bytes, blocks: Blocks, outline: Outline, untimed: Untimed) -> Exit:
    """With what the blocks of the log tell: the command, its phase and what it exited with."""
    if said.reason == "done":
        return _failed_script(said, tail, blocks, outline, untimed) if said.code else said
    if said.reason == "failed":
        phase = said.phase or untimed.phase or _failing_phase(said.command or "", blocks, outline)
        cloned = phase == CHECKOUT and CLONE.match(said.command or "")
        reason = "clone_failed" if cloned else "failed"
        return Exit(reason, said.code, said.command, phase, said.message)
    if said.reason == "clone_failed":
        return replace(said, command=_cloning(blocks, outline) or said.command, phase=CHECKOUT)
    if outline.running:
        block = outline.running[0]
        return replace(said, command=blocks.commands[block], phase=outline.phases[block])
    if said.reason is None or said.reason in OVER:
        return said
    begun = untimed.phase or (SCRIPT if untimed.running else outline.open_phase())
    return replace(said, command=untimed.running, phase=begun)


def _failed_script(said: Exit, tail: bytes, blocks: Blocks, outline: Outline, untimed: Untimed) -> Exit:
    for block, code in blocks.verdicts.items():
        phase = outline.phases[block]
        if code and phase not in AFTER_SCRIPT and not outline.depths[block]:
            command = blocks.commands[block] or blocks.failed.get(block)
            return Exit(said.reason, code, command, phase, said.message)  # `replace` takes 2 µs
    if outline.running:  # a command that ended the job itself
        block = outline.running[0]
        return replace(said, command=blocks.commands[block], phase=outline.phases[block])
    if untimed.failed:
        command, code = untimed.failed
        return replace(said, code=code, command=command[:MESSAGE], phase=SCRIPT)
    text = _last_words(tail)
    exited = None if outline.bare_phase() in AFTER_SCRIPT else EXITED.search(text)
    if exited:
        return replace(said, code=int(exited[2]), command=plain(exited[1])[:MESSAGE], phase=SCRIPT)
    if returned := RETURNED.search(text):
        return replace(said, command=plain(returned[2]), phase=plain(returned[1]))
    return said


def _cloning(blocks: Blocks, outline: Outline) -> str | None:
    """The last command of the checkout."""
    for block in range(len(outline.phases) - 1, -1, -1):
        if outline.phases[block] == CHECKOUT and blocks.commands[block]:
            return blocks.commands[block]
    return next((command for command in blocks.commands if command and CLONE.match(command)), None)


def _failing_phase(command: str, blocks: Blocks, outline: Outline) -> str:
    """Of a command that stopped the job: that of the fold it stands in, or of the block that it was."""
    last = max((at for at, depth in enumerate(outline.depths) if not depth), default=-1)
    if last >= 0 and (blocks.commands[last] or "").partition("\n")[0] == command.partition("\n")[0]:
        return outline.phases[last] or SETUP
    return outline.open_phase() or outline.bare_phase()


def _stopped(reason: str, line: str, text: bytes) -> Exit:
    found = FAILED.match(text, max(0, text.rfind(b'The command "'))) if reason == "stopped" else None
    if not found:
        return Exit(reason, message=line[:MESSAGE]) if line else Exit()
    stage = plain(found[3])
    phase = FOLDS.get(stage.partition(".")[0], stage) or None
    return Exit("failed", int(found[2]), plain(found[1])[:MESSAGE], phase, plain(found[0])[:MESSAGE])


def _last_words(tail: bytes) -> bytes:
    """What stands below every tag, as the closing words do; a script may say the same in its own block."""
    at = tail.rfind(b"travis_")
    while at > 0 and not tail.startswith((b"travis_time:", b"travis_fold:"), at):
        at = tail.rfind(b"travis_", 0, at)
    tag = TAG.match(tail, max(at, 0))
    return tail[tag.end() :] if tag else tail
