"""How a log of GitHub Actions ends: by the last error that ends a step, or without one.

The reasons are those of `model.Exit`. `Process completed with exit code N.` is a script's own end; an action
says in its own words what went wrong.
"""

from __future__ import annotations

import re

from buildtimetrend.logs.github.groups import Groups
from buildtimetrend.model import Exit

_CODE = re.compile(r"(?:Process completed with|.* failed with) exit code (?P<code>-?\d{1,10})\.?")
_ENDED = (
    ("timeout", re.compile(r"exceeded the maximum execution time|has timed out after", re.IGNORECASE)),
    ("terminated", re.compile(r"runner has received a shutdown signal", re.IGNORECASE)),
    ("canceled", re.compile(r"The operation was canceled", re.IGNORECASE)),
)
_OVER = b"Cleaning up orphan processes"


def read_exit(groups: Groups, tail: bytes) -> Exit:
    """`tail` is the end of the log."""
    for reason, words in _ENDED:  # a job that takes too long is canceled, too
        for place, message in reversed(groups.errors):
            if words.search(message):
                return _in_step(groups, place, reason, None, message)
    for place, message in reversed(groups.errors):
        if found := _CODE.fullmatch(message):
            return _in_step(groups, place, "done", int(found["code"]), message)
    if groups.errors:
        place, message = groups.errors[-1]
        return _in_step(groups, place, "done", None, message)
    return Exit("done", 0) if _OVER in tail else Exit()


def _in_step(groups: Groups, place: int, reason: str, code: int | None, message: str) -> Exit:
    if place < 0:
        return Exit(reason, code, None, "setup", message)
    return Exit(reason, code, groups.commands[place], "script", message)
