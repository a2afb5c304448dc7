"""How every benchmark says what it measured: one JSON line per figure."""

from __future__ import annotations

import json


def figure(
    name: str, value: float, unit: str, target: float | None = None, at_most: bool = False, **more: object
) -> None:
    """Print one figure. With a target, `met` says whether `value` is at least (or `at_most`) that.

    `more` is whatever the reader needs to judge the figure: what it is a ratio of, sizes, counts.
    """
    line: dict[str, object] = {"figure": name, "value": float(f"{value:.4g}"), "unit": unit}
    if target is not None:
        line["target"] = target
        line["at_most"] = at_most
        line["met"] = value <= target if at_most else value >= target
    print(json.dumps(line | more), flush=True)
