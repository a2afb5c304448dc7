"""What Travis CI serves as a job's log: text, or JSON around it, or no more than that it was removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from buildtimetrend import json_text
from buildtimetrend.model import LogState
from buildtimetrend.providers.base import JobLog
from buildtimetrend.providers.travis import removed


def unwrapped(pieces: Iterable[bytes], kind: str, log: JobLog) -> Iterator[bytes]:
    """The log in an answer of that content type; says of it what became of it."""
    return _from_json(pieces, log) if kind.endswith(("/json", "+json")) else _unless_removed(pieces, log)


def _unless_removed(pieces: Iterable[bytes], log: JobLog) -> Iterator[bytes]:
    """Holds a log back as long as it may be no more than the line that says that it was removed."""
    start: bytes | None = b""
    for piece in pieces:
        if start is None:
            yield piece
        elif not removed.may_say_so(start := start + piece):
            yield start
            start = None
    if start and log.state is LogState.COMPLETE and removed.says_so(start):
        log.state = LogState.MISSING
    elif start:
        yield start


def _from_json(pieces: Iterable[bytes], log: JobLog) -> Iterator[bytes]:
    """Both APIs wrap a log that was removed, and some servers every log, in JSON."""
    document = b"".join(pieces)
    if log.state is not LogState.COMPLETE:
        return
    log.state = LogState.MISSING
    try:
        answer = json_text.loads(document)
    except orjson.JSONDecodeError:
        return
    inner = answer.get("log", answer) if isinstance(answer, dict) else None
    if not isinstance(inner, dict) or inner.get("removed_at") or inner.get("removed_by"):
        return
    text = inner.get("content", inner.get("body"))
    if isinstance(text, str) and not removed.says_so(text.encode()):
        log.state = LogState.COMPLETE if text else LogState.EMPTY
        yield text.encode()
