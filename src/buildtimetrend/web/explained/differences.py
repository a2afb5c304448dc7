"""The parts of a build's difference from usual as rows that a reader takes in: few, and all together it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from buildtimetrend.enough import LEAST

ROWS = 8
LABELS = {
    "waiting": "waiting for a worker",
    "booting": "booting",
    "outside": "outside of steps",
    "running": "running",
    "job": "the whole job",
}
REST = "until another job ends, and gaps between jobs"


def differences(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `label`, `step`, `job`, `seconds`, `usual`, `difference` (s): those of a second and more, the
    largest first; all else together; what is no part of the critical path last. None where all is as usual.
    """
    named = [part for part in parts if part["kind"] != "rest"]
    shown = [part for part in named if abs(part["difference"]) >= LEAST][:ROWS]
    others = [part for part in named if part not in shown]
    rest = [part for part in parts if part["kind"] == "rest" and abs(part["difference"]) >= LEAST]
    small = [part for part in parts if part["kind"] == "rest" and part not in rest]
    rows = [
        {
            "label": LABELS.get(part["kind"], ""),
            "step": part["step"] if part["kind"] == "step" else None,
            **{name: part[name] for name in ("job", "seconds", "usual", "difference")},
        }
        for part in shown
    ]
    if others or small:
        rows.append(_together("all else of the critical path", [*others, *small]))
    if rest:
        rows.append(_together(REST, rest))
    return rows


def _together(label: str, parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(part[name] or 0.0 for part in parts) for name in ("seconds", "usual", "difference")}
    return {"label": label, "step": None, "job": None, **sums}
