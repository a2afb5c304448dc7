"""Recorded series of real projects, for the eye: data/SOURCES.md tells where they are from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from buildtimetrend.trends import change_points

DATA = Path(__file__).parent / "data"


def recorded() -> dict[str, list[float]]:
    """Values by name, in the order of time."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(DATA.glob("*_series.json"))}
    runs = sorted(json.loads((DATA / "tigerbeetle.json").read_text()), key=lambda run: run["timestamp"])
    for metric in ("duration", "transfer_p90", "load_accepted"):
        found[f"tigerbeetle {metric}"] = [
            float(one["value"]) for run in runs for one in run["metrics"] if one["name"] == metric
        ]
    return found


def summary() -> Mapping[str, Mapping[str, float]]:
    rows = {}
    for name, values in recorded().items():
        told = change_points(values)
        largest = max((abs(change.change) for change in told), default=0.0)
        rows[name] = {"values": len(values), "changes": len(told), "largest": largest}
    return rows
