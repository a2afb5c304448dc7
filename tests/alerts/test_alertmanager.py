"""A real Alertmanager: it sends on what is open, as one alert for each finding, and what is over."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from buildtimetrend.alerts.channels.alertmanager import Alertmanager, AlertmanagerSettings
from buildtimetrend.alerts.message import Message
from tests.alerts.examples import hostile, told
from tests.providers.server import Server as Receiver
from tests.servers.fixtures import missing
from tests.servers.process import Server, free_ports, wait_until

pytestmark = pytest.mark.servers

CONFIGURATION = """
route: {{receiver: us, group_by: [finding], group_wait: 10ms, group_interval: 200ms, repeat_interval: 1h}}
receivers: [{{name: us, webhook_configs: [{{url: "{url}/sent-on", send_resolved: true}}]}}]
"""


@pytest.fixture
def alertmanager(tmp_path: Path, receiver: Receiver) -> Iterator[str]:
    """Its address; it sends on to the receiver."""
    names = ("prometheus-alertmanager", "alertmanager")
    program = next((path for path in map(shutil.which, names) if path), None)
    if program is None:
        missing("no Alertmanager: Debian's package prometheus-alertmanager has it")
    port = free_ports(1)
    (tmp_path / "configuration.yml").write_text(CONFIGURATION.format(url=receiver.url), encoding="utf-8")
    options = [
        f"--config.file={tmp_path}/configuration.yml",
        f"--storage.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with Server("alertmanager", [str(program), *options], port, tmp_path) as server:
        server.start()
        yield f"http://127.0.0.1:{port}"


def test_it_sends_on_what_is_open_and_what_is_over(alertmanager: str, receiver: Receiver) -> None:
    channel = Alertmanager(AlertmanagerSettings(url=alertmanager))
    now = datetime.now(UTC)
    odd = hostile()
    for message in (told(), told(), odd):  # of one finding twice, as while it is open
        assert channel.send(replace(message, at=now - timedelta(minutes=1)), now) == "200"
    held = httpx.get(f"{alertmanager}/api/v2/alerts").json()
    assert sorted(one["annotations"]["summary"] for one in held) == sorted([told().title, odd.title])
    channel.send(replace(told("fixed"), at=now), datetime.now(UTC))
    channel.close()
    wait_until(lambda: _states(receiver, told()) == ["firing", "resolved"], "the alert's end")
    assert _states(receiver, odd) == ["firing"]


def _states(receiver: Receiver, message: Message) -> list[str]:
    groups: list[dict[str, Any]] = [json.loads(asked.body) for asked in receiver.asked]
    alerts = [alert for group in groups for alert in group["alerts"]]
    return [alert["status"] for alert in alerts if alert["labels"]["finding"] == message.thread]
