"""A build's difference from usual as a few rows that add up to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from buildtimetrend.enough import LEAST
from buildtimetrend.web.analysis.explained.kinds import KINDS

ROWS = 8
# A line that is less of the whole difference says little of it, and is not coloured.
SAID = 0.1


def differences(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`parts` as an explanation has them: none, or the rest last.

    Rows of `label`, `step`, `job`, `seconds`, `usual`, `difference` (s), and whether that is `said` in
    colour: those of a second and more, in the order of `parts`; all else together; what is no part of the
    critical path last.
    """
    if not parts:
        return []
    *named, rest = parts
    shown = [part for part in named if abs(part["difference"]) >= LEAST][:ROWS]
    others = named[len(shown) :]
    own_row = abs(rest["difference"]) >= LEAST
    if not own_row:
        others.append(rest)
    least = SAID * abs(sum(part["difference"] for part in parts))
    rows = [
        {
            "label": _label(part),
            "step": part["step"],
            "said": abs(part["difference"]) >= least,
            **{name: part[name] for name in ("job", "seconds", "usual", "difference")},
        }
        for part in shown
    ]
    if others:
        rows.append(_together("all else of the critical path", others))
    if own_row:
        rows.append(_together(_rest(rest), [rest]))
    return rows


def _label(part: Mapping[str, Any]) -> str:
    """A wait that began before the build did is here without what the wall time does not count."""
    label = KINDS[part["kind"]].label
    if part["kind"] != "waiting":
        return label
    if part["booted"]:
        label += " and booting"
    before = (
        _before(part["waited"], part["seconds"]),
        _before(part["usually_waited"], part["usual"]),
    )
    return f"{label}, after the first job started" if any(before) else label


def _before(whole: float | None, seconds: float | None) -> bool:
    return whole is not None and seconds is not None and whole - seconds >= LEAST


def _rest(part: Mapping[str, Any]) -> str:
    """What most of it is."""
    if part["seconds"] >= LEAST:
        return "no job of it waited or ran"
    return (
        "until the job that usually ends last does"
        if part["usual"] > 0
        else "what the medians do not add up to"
    )


def _together(label: str, parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(part[name] or 0.0 for part in parts) for name in ("seconds", "usual", "difference")}
    return {"label": label, "step": None, "job": None, "said": False, **sums}
