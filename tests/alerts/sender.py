"""Sends a store's outbox to a webhook, and checks of commits to a GitHub, until it is killed.

Run as a process: `python -m tests.alerts.sender STORE_URL URL`, with the App's key on standard input.
"""

from __future__ import annotations

import sys
import threading

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels.github_checks import GitHubChecksSettings
from buildtimetrend.alerts.channels.webhook import WebhookSettings
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks.notifications import Notifications
from tests.alerts.checks import APP

KEY = "whsec_" + "QUJD" * 8


def hook_at(url: str, rules: Rules | None = None) -> Section:
    return Section("hook", "webhook", WebhookSettings(url=url, secret=KEY), rules or Rules())


def checks_at(url: str, key: str) -> Section:
    values = GitHubChecksSettings(url=url, app_id=APP, app_key=key)
    return Section("checks", "github-checks", values, Rules(), "pull requests")


def settings_for(url: str, rules: Rules | None = None) -> Settings:
    """Of one webhook, called hook."""
    return Settings.of(alerts=(hook_at(url, rules),), public_url="https://trends.example")


def settings_of_both(url: str, key: str) -> Settings:
    return Settings.of(alerts=(hook_at(url), checks_at(url, key)), public_url="https://trends.example")


def main(store_url: str, url: str, key: str) -> None:
    Notifications(settings_of_both(url, key), open_store(store_url, memory_limit="200MB"), idle=0.01).start()
    threading.Event().wait(60)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.stdin.read())
