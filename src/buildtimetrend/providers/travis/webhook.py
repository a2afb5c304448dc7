"""What a notification says, in payloads old and new."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from buildtimetrend import json_text
from buildtimetrend.errors import Invalid
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.travis.names import is_name
from buildtimetrend.providers.travis.states import MESSAGES, MESSAGES_BEFORE, has_ended


@dataclass(frozen=True, slots=True)
class Notification:
    repo: str
    id: str
    number: str
    state: str
    finished: bool


def read(payload: bytes) -> Notification:
    """Raises `Invalid` naming the field."""
    try:
        return _read(Fields(json_text.loads(payload)))
    except orjson.JSONDecodeError as error:
        raise Invalid(f"The payload is not valid JSON: {error.msg}.", detail="payload") from None
    except WrongField as error:
        raise Invalid(str(error), detail=error.path) from None


def _read(top: Fields) -> Notification:
    repository = top.fields("repository")
    state, finished = _state(top)
    return Notification(
        repo=f"{_name(repository, 'owner_name')}/{_name(repository, 'name')}",
        id=top.id("id"),
        number=top.id("number"),
        state=state,
        finished=finished,
    )


def _name(repository: Fields, field: str) -> str:
    name = repository.text(field)
    if not is_name(name):
        raise WrongField(repository.path(field), "letters, digits, '-', '_' and '.'")
    return name


def _state(top: Fields) -> tuple[str, bool]:
    state = top.maybe_text("state")
    if state:
        return state, has_ended(state)
    field = "status_message" if top.get("status_message") is not None else "result_message"
    message = top.text(field)
    if message.lower() not in MESSAGES.keys() | MESSAGES_BEFORE:
        raise WrongField(field, "one of Travis CI's words, such as Pending or Passed")
    return message, message.lower() in MESSAGES
