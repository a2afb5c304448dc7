"""Chats that take a JSON document at a secret address: all they differ in is its form."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from buildtimetrend.alerts.addresses import Hook
from buildtimetrend.alerts.base import Channel
from buildtimetrend.alerts.http import Http
from buildtimetrend.alerts.message import Message
from buildtimetrend.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class HookSettings:
    url: Hook = setting("", "alerts.url", "Address that the chat gives for incoming messages.", secret=True)


class HookChannel(Channel):
    settings = HookSettings
    needed = ("url",)

    def __init__(self, values: HookSettings) -> None:
        self._url = values.url
        self._http = Http(self.title, (values.url,))

    @abstractmethod
    def document(self, message: Message) -> dict[str, Any]: ...

    def send(self, message: Message, now: datetime) -> str:
        return self._http.post(self._url, self.document(message)).words

    def close(self) -> None:
        self._http.close()
