"""Rules of alerts that people set for a project, beside those of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from buildtimetrend import json_text
from buildtimetrend.store.base import Store, rows

OwnRules: TypeAlias = Mapping[str, Any]  # by name

_LAST = """
    SELECT r.slug AS repo, c.channel, c.rules FROM alert_rules c JOIN repo r ON r.id = c.repo_id
    WHERE {of} AND c.number = (
        SELECT max(m.number) FROM alert_rules m WHERE m.repo_id = c.repo_id AND m.channel = c.channel
    )
"""
_CHANGES = """
    SELECT channel, number, rules, "at", "by", why FROM alert_rules
    WHERE repo_id = $repo_id ORDER BY channel, number DESC
"""


def rules_of_repo(store: Store, repo: str) -> dict[str, OwnRules]:
    """Those that hold for a repo, by the channel's name."""
    found = rows(store.select(_LAST.replace("{of}", "r.slug = $repo"), {"repo": repo}))
    return {row["channel"]: json_text.loads(row["rules"]) for row in found}


def rules_of_channel(store: Store, channel: str) -> dict[str, OwnRules]:
    """Those that hold for a channel, by the repo's slug."""
    found = rows(store.select(_LAST.replace("{of}", "c.channel = $channel"), {"channel": channel}))
    return {row["repo"]: json_text.loads(row["rules"]) for row in found}


def rules_changes(store: Store, repo_id: int) -> list[dict[str, Any]]:
    """All changes of a repo's rules, the last of each channel first: `channel`, `number`, `rules`, `at`,
    `by`, `why`.
    """
    found = rows(store.select(_CHANGES, {"repo_id": repo_id}))
    return [row | {"rules": json_text.loads(row["rules"])} for row in found]
