"""What a message of ours looks like. Anybody who reaches the broker may put another into our queue."""

from __future__ import annotations

from typing import Any

COLLECT = "buildtimetrend.collect"
COLLECT_IN_TURN = "buildtimetrend.collect_in_turn"  # an import or a sweep
# Characters; ids that we give are shorter.
LONGEST_ID = 200
_JSON = ("application/json", "utf-8")


class NotOurs(Exception):
    """Why a message is none of ours."""


def check(message: Any) -> None:
    """Leave of kombu's message what a task of ours needs; raises `NotOurs` for any other.

    What else it may carry, as times, callbacks and limits, no message of ours has: Celery would heed it.
    """
    headers = message.headers
    if not isinstance(headers, dict) or headers.get("task") not in (COLLECT, COLLECT_IN_TURN):
        raise NotOurs("it names no task of ours")
    if not _is_id(headers.get("id")):
        raise NotOurs("it has no id")
    if (message.content_type, str(message.content_encoding).lower()) != _JSON:
        raise NotOurs(f"its content is {message.content_type}, {message.content_encoding}"[:200])
    try:
        content = message.decode()
    except Exception as error:  # whatever bytes may cause
        raise NotOurs(f"its content cannot be decoded: {type(error).__name__}") from error
    if not _is_ours(content):
        raise NotOurs("its content is not the id of a task")
    message.headers = {name: headers[name] for name in ("task", "id")}


def _is_ours(content: object) -> bool:
    """`[[id of a task], {}, {…: null}]`."""
    if not isinstance(content, list) or len(content) != 3:
        return False
    given, named, besides = content
    return (
        isinstance(given, list)
        and len(given) == 1
        and _is_id(given[0])
        and named == {}
        and isinstance(besides, dict)
        and not any(besides.values())
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()
