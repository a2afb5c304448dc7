"""Matrix: a notice in a room, under the message's id as transaction, which the server takes once alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from pydantic import AfterValidator, Field

from buildtimetrend.alerts.base import Channel
from buildtimetrend.alerts.http import Http
from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.words import APART, marked
from buildtimetrend.setting import Text, http_url, setting


def _server(value: str) -> str:
    return http_url(value) if value else ""


def _room(value: str) -> str:
    if value and not (value.startswith("!") and ":" in value):
        raise ValueError("must be a room's internal id, as !abc:example.org")
    return value


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixSettings:
    url: Annotated[str, AfterValidator(_server)] = setting(
        "", "alerts.url", "Base URL of the account's home server."
    )
    room: Annotated[str, AfterValidator(_room), Field(max_length=255)] = setting(
        "", "alerts.room", "Internal id of the room, as !abc:example.org; the account has joined it."
    )
    token: Text = setting("", "alerts.token", "Access token of the account that writes.", secret=True)


class Matrix(Channel):
    title = "Matrix"
    settings = MatrixSettings
    needed = ("url", "room", "token")
    knows_again = True

    def __init__(self, values: MatrixSettings) -> None:
        self._room = f"{values.url}/_matrix/client/v3/rooms/{quote(values.room, safe='')}"
        self._authorization = {"authorization": f"Bearer {values.token}"}
        self._http = Http(self.title, (values.token,))

    def send(self, message: Message, now: datetime) -> str:
        address = f"{self._room}/send/m.room.message/{quote(message.id, safe='')}"
        content = orjson.dumps(document(message))
        return self._http.send("PUT", address, content, self._authorization).words

    def close(self) -> None:
        self._http.close()


def document(message: Message) -> dict[str, Any]:
    """`m.mentions` says that nobody is meant, whatever the text looks like."""
    return {
        "msgtype": "m.notice",
        "body": _apart(_text(message)),
        "format": "org.matrix.custom.html",
        "formatted_body": _apart(_html(message)),
        "m.mentions": {},
    }


def _apart(text: str) -> str:
    """Old clients call by the text alone: by a room's `@room`."""
    return text.replace("@room", f"@{APART}room")


def _text(message: Message) -> str:
    lines = [marked(message), *message.lines]
    lines += [f"{part.subject} {part.url or ''}".strip() for part in message.parts]
    return "\n".join([*lines, *(url for url in (message.url, message.compare_url) if url)])


def _html(message: Message) -> str:
    lines = [f"<strong>{_linked(marked(message), message.url)}</strong>", *map(escape, message.lines)]
    if message.compare_url:
        lines.append(_linked("The commits", message.compare_url))
    parts = "".join(f"<li>{_linked(part.subject, part.url)}</li>" for part in message.parts)
    return "<br>".join(lines) + (f"<ul>{parts}</ul>" if parts else "")


def _linked(text: str, url: str | None) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)
