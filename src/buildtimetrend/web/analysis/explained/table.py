"""The parts of a build as lines of a table and stretches of a bar: a few, which add up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from buildtimetrend.enough import LEAST, notable
from buildtimetrend.web.analysis.explained.parts import label_of

# A line that is less of the whole difference says little of it, and is not coloured.
SAID = 0.25


def table_lines(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`parts` as a verdict has them. Lines of `kind`, `label`, `step`, `seconds`, `usual`, `difference` (s),
    and whether that is `said` in colour: not where the build took as long as usual. What takes less than a
    second on both sides is among other steps. `colour` is what a bar of it is drawn as: of steps that stand
    alone the first is the longest.
    """
    if not parts:
        return []
    worth = [
        part for part in parts if max(part["seconds"], part["usual"]) >= LEAST and part["kind"] != "other"
    ]
    rest = [part for part in parts if part not in worth]
    other = {name: sum(part[name] for part in rest) for name in ("seconds", "usual", "difference")}
    steps = any(part["kind"] == "step" for part in worth)
    difference, usual = (sum(part[name] for part in parts) for name in ("difference", "usual"))
    least = SAID * abs(difference) if notable(difference, usual) else math.inf
    found = [{**part, "label": label_of(part["kind"], part["step"], booted=part["booted"])} for part in worth]
    if any(abs(seconds) >= LEAST / 2 for seconds in other.values()) or not found:
        label = "other steps" if steps else "running"
        place = next(
            (at for at, part in enumerate(worth) if part["kind"] in ("again", "between")), len(worth)
        )
        found.insert(place, {"kind": "other", "step": None, "label": label, **other})
    first = next((line for line in found if line["kind"] == "step"), None)
    return [
        line
        | {
            "colour": _colour(line["kind"], longest=line is first),
            "said": abs(line["difference"]) >= least and notable(line["difference"], line["usual"]),
        }
        for line in found
    ]


def _colour(kind: str, *, longest: bool) -> str:
    return kind if kind not in ("step", "other") else "longest" if longest else "other"
