"""Sends a store's outbox to a webhook until it is killed.

Run as a process: `python -m tests.alerts.sender STORE_URL WEBHOOK_URL`.
"""

from __future__ import annotations

import sys
import threading

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels.webhook import WebhookSettings
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks.notifications import Notifications

KEY = "whsec_" + "QUJD" * 8


def settings_for(url: str, rules: Rules | None = None) -> Settings:
    """Of one webhook, called hook."""
    hook = Section("hook", "webhook", WebhookSettings(url=url, secret=KEY), rules or Rules())
    return Settings.of(alerts=(hook,), public_url="https://trends.example")


def main(store_url: str, webhook_url: str) -> None:
    Notifications(settings_for(webhook_url), open_store(store_url, memory_limit="200MB"), idle=0.01).start()
    threading.Event().wait(60)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
