"""The kinds of channels: one module for each, registered here."""

from __future__ import annotations

from importlib import import_module

from buildtimetrend.alerts.base import Channel, Section

# Name of each in the settings: where its class is. Loaded when first asked for.
CHANNELS = {
    "mail": "buildtimetrend.alerts.channels.mail:Mail",
    "webhook": "buildtimetrend.alerts.channels.webhook:Webhook",
    "slack": "buildtimetrend.alerts.channels.slack:Slack",
    "mattermost": "buildtimetrend.alerts.channels.mattermost:Mattermost",
    "teams": "buildtimetrend.alerts.channels.teams:Teams",
    "discord": "buildtimetrend.alerts.channels.discord:Discord",
    "matrix": "buildtimetrend.alerts.channels.matrix:Matrix",
    "alertmanager": "buildtimetrend.alerts.channels.alertmanager:Alertmanager",
    "github": "buildtimetrend.alerts.channels.github:GitHub",
    "github-checks": "buildtimetrend.alerts.channels.github_checks:GitHubChecks",
    "gitlab": "buildtimetrend.alerts.channels.gitlab:GitLab",
}


def channel_class(kind: str) -> type[Channel]:
    """What is known of a kind of channel before its settings. Raises KeyError if it is not registered."""
    module, _, name = CHANNELS[kind].partition(":")
    found: type[Channel] = getattr(import_module(module), name)
    return found


def open_channel(section: Section) -> Channel:
    return channel_class(section.kind)(section.values)
