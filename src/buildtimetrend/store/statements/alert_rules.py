"""Rules of alerts that people set for a project: statements that every engine runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from buildtimetrend.store.base import Statement

_CHANGE = """
    INSERT INTO alert_rules (repo_id, channel, number, rules, "at", "by", why)
    VALUES ($repo_id, $channel, $number, $rules, $at, $by, $why)
"""


@dataclass(frozen=True, slots=True)
class RulesChange:
    """`rules` has those that differ from the settings; none: all are as there again."""

    repo_id: int
    channel: str
    number: int  # from 1, one more than the last
    rules: Mapping[str, Any]
    at: datetime
    by: str
    why: str | None = None


def changed(change: RulesChange) -> Statement:
    """Fails where its number is taken by now."""
    return _CHANGE, {
        "repo_id": change.repo_id,
        "channel": change.channel,
        "number": change.number,
        "rules": orjson.dumps(change.rules, option=orjson.OPT_SORT_KEYS).decode(),
        "at": change.at,
        "by": change.by,
        "why": change.why,
    }
