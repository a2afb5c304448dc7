"""A log that somebody removed, and that is served as the line that says so."""

from __future__ import annotations

import re

START = b"Log removed"
LONGEST = 2000  # bytes, with the reason that may stand below

_SAID = re.compile(
    rb"\s*Log removed(?: by [^\r\n]{0,300})? (?:at|on) \d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"
    rb" ?(?:UTC|GMT|Z|[+-]\d\d:?\d\d)?\.?[ \t]*(?:\r*\n\r*\n(?P<reason>[^\x1b]*)|\s*)"
)
# What no reason has, but the log of a job that prints such a line
_OF_A_JOB = re.compile(rb"travis_(?:time|fold):|^\$ |^Using worker:|exited with", re.MULTILINE)


def may_say_so(start: bytes) -> bool:
    """Whether the log that starts so may turn out to be such a line."""
    begun = start.lstrip()
    return len(start) <= LONGEST and (begun.startswith(START) or START.startswith(begun))


def says_so(log: bytes) -> bool:
    """Whether a whole log is nothing but such a line, with a reason at most."""
    said = _SAID.fullmatch(log) if len(log) <= LONGEST else None
    return said is not None and not _OF_A_JOB.search(said["reason"] or b"")
