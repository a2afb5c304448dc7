"""How a job ended, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = {
    "clone_failed": "the repository could not be cloned",
    "failed": "a command before the script",
    "log_limit": "the log grew beyond the CI's limit",
    "stalled": "no output for too long",
    "timeout": "the CI's time limit was exceeded",
}


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
