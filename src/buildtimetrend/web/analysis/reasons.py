"""Why builds could not be fetched; what is said of many alike is said once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

SHOWN = 10
MOST = 20


def together(reason: str, number: str | None) -> str:
    """A reason without the number of the one build that it names."""
    if not number:
        return reason
    return re.sub(rf"\b([Bb])uild {re.escape(number)}\b", r"\1uild of that number", reason)


def grouped(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `reads.import_reasons` by what they say: `reason`, `state` (failed, or waiting for another
    try), `builds`, the `number` of one of them, and `next_try_at`. The most frequent first, `SHOWN` of them.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        state = "failed" if row["state"] == "failed" else "waiting"
        said = together(row["reason"], row["number"])
        one = found.setdefault(
            (state, said), {"state": state, "builds": 0, "reason": said, "next_try_at": None}
        )
        one["builds"] += row["builds"]
        one["number"] = row["number"]
        one["only"] = row["reason"]
        if state == "waiting":
            one["next_try_at"] = _earlier(one["next_try_at"], row["due_at"])
    for one in found.values():
        only = one.pop("only")
        if one["builds"] == 1:
            one["reason"] = only
    return sorted(found.values(), key=lambda one: (one["state"] != "failed", -one["builds"]))[:SHOWN]


def troubles(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `reads.troubles` by what they say: `reason`, how many `failed` and how many are `waiting`,
    and the `repos`. Those that failed first, then the most frequent, `MOST` of them.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        reason = together(row["reason"] or "unknown", row["number"])
        one = found.setdefault(reason, {"reason": reason, "failed": 0, "waiting": 0, "repos": set()})
        one["failed"] += row["failed"]
        one["waiting"] += row["waiting"]
        one["repos"].add(row["repo"])
    ordered = sorted(found.values(), key=lambda one: (-one["failed"], -one["waiting"]))[:MOST]
    return [one | {"repos": sorted(one["repos"])} for one in ordered]


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
