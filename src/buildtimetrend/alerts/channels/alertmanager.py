"""Prometheus Alertmanager (API version 2), which sends on by its own rules.

It holds an alert for as long as it is told of it: what is open is told again long before that ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator

from buildtimetrend.alerts.base import Channel
from buildtimetrend.alerts.http import Http
from buildtimetrend.alerts.message import Message
from buildtimetrend.setting import Text, http_url, setting

REPEATED = 300.0  # seconds
HELD = timedelta(seconds=4 * REPEATED)  # without being told again
TEST = timedelta(minutes=5)
NAME = "BuildtimeTrendFinding"


def _server(value: str) -> str:
    return http_url(value) if value else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertmanagerSettings:
    url: Annotated[str, AfterValidator(_server)] = setting(
        "", "alerts.url", "Base URL of the Alertmanager, as http://alertmanager:9093."
    )
    token: Text = setting("", "alerts.token", "Bearer token, where a proxy before it wants one.", secret=True)


class Alertmanager(Channel):
    title = "Alertmanager"
    settings = AlertmanagerSettings
    needed = ("url",)
    knows_again = True
    repeats = REPEATED
    digests = False

    def __init__(self, values: AlertmanagerSettings) -> None:
        self._address = f"{values.url}/api/v2/alerts"
        self._authorization = {"authorization": f"Bearer {values.token}"} if values.token else {}
        self._http = Http(self.title, (values.token,))

    def send(self, message: Message, now: datetime) -> str:
        return self._http.post(self._address, [alert(message, now)], self._authorization).words

    def close(self) -> None:
        self._http.close()


def alert(message: Message, now: datetime) -> dict[str, Any]:
    """The labels are of the finding, not of the event: they say which alert it is."""
    ends = now if message.event == "fixed" else now + (TEST if message.event == "test" else HELD)
    labels = {
        "alertname": NAME,
        "finding": message.thread,
        "repo": message.repo,
        "pipeline": message.pipeline,
        "severity": "info" if message.event == "test" else "warning",
    }
    return {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {"summary": message.title, "description": "\n".join(message.lines)},
        "startsAt": min(message.at, ends),
        "endsAt": ends,
        **({"generatorURL": message.url} if message.url else {}),
    }
