"""How a job ended, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BROKEN = frozenset({"failed", "errored"})

WORDS = {
    "clone_failed": "the repository could not be cloned",
    "failed": "a command before the script",
    "log_limit": "the log grew beyond the CI's limit",
    "stalled": "no output for too long",
    "timeout": "the CI's time limit was exceeded",
}

# The same of the command that ran when the job ended.
OF_COMMANDS = {
    "canceled": "was canceled",
    "clone_failed": "could not clone the repository",
    "failed": "failed",
    "log_limit": "was stopped for a log beyond the CI's limit",
    "stalled": "was stopped after too long without output",
    "stopped": "was stopped",
    "terminated": "was terminated",
    "timeout": "was stopped at the CI's time limit",
}


def failing_step(job: Mapping[str, Any]) -> int | None:
    """The position of the step that made the job fail: as the CI says, else by the command that ended it."""
    if job["result"] not in BROKEN:
        return None
    steps = [step for step in job["steps"] if step["duration"] is not None]
    by_result = [step for step in steps if step["result"] in BROKEN]
    ended = job["exit_command"]
    by_command = [step for step in steps if ended and ended in (step["command"], step["label"])]
    found = by_result or by_command
    return found[-1]["position"] if found else None


def of_command(job: Mapping[str, Any]) -> str:
    """How the command ended that ran last."""
    code = job["exit_code"]
    return f"exited with {code}" if code else OF_COMMANDS.get(job["exit_reason"], "ended with an error")


def ending(job: Mapping[str, Any]) -> str | None:
    """What the log says, without the command and phase; None if the job came to its end as it should."""
    reason, code = job["exit_reason"], job["exit_code"]
    if reason is None or reason == "done":
        if code:
            return f"exit code {code}"
        unfinished = reason is None and (job["exit_command"] or job["exit_phase"])
        return "the log just stops" if unfinished else None
    words = reason.replace("_", " ") + (f" ({WORDS[reason]})" if reason in WORDS else "")
    return words if code is None else f"{words}, exit code {code}"
