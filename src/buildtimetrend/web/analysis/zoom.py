"""A part of a build's waterfall, as the page's address names it: `from` and `to`, seconds of the build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor, isfinite
from typing import Any
from urllib.parse import urlencode

from buildtimetrend.web.analysis.waterfall import Axis

FROM, TO = "from", "to"
PLACE = "#jobs"  # of the waterfall on the page


@dataclass(frozen=True, slots=True)
class Zoom:
    """`axis` is what is shown of `whole`; `kept` are the other parameters of the address."""

    axis: Axis
    whole: Axis
    kept: Mapping[str, str]
    note: str = ""

    @property
    def zoomed(self) -> bool:
        return self.axis != self.whole

    @property
    def until(self) -> float:
        """Seconds of the build at which what is shown ends."""
        return round(self.axis.skipped + self.axis.seconds, 1)

    @property
    def everything(self) -> str:
        return f"?{urlencode(self.kept)}{PLACE}"

    def of_job(self, job: Mapping[str, Any], now: datetime) -> str | None:
        """The query that shows what the job ran; None where that is shown already, or nothing."""
        if job["started_at"] is None:
            return None
        ends = job["finished_at"] or now
        since, until = ((at - self.whole.start).total_seconds() for at in (job["started_at"], ends))
        since, until = max(0.0, floor(10 * since) / 10), min(self.whole.seconds, ceil(10 * until) / 10)
        part = self.whole.part(since, until)
        if part is None or part == self.axis:
            return None
        return f"?{urlencode({**self.kept, FROM: f'{since:.1f}', TO: f'{until:.1f}'})}"


def zoom(whole: Axis, asked: Mapping[str, str]) -> Zoom:
    """What cannot be shown is said in `note`, and all is shown instead."""
    kept = {name: value for name, value in asked.items() if name not in (FROM, TO)}
    given = [asked.get(name, "").strip() for name in (FROM, TO)]
    if not any(given):
        return Zoom(whole, whole, kept)
    since, until = _seconds(given[0], 0.0), _seconds(given[1], whole.seconds)
    part = None if since is None or until is None else whole.part(since, min(until, whole.seconds))
    if part is None:
        range_ = f"{given[0][:20]!r} to {given[1][:20]!r}"
        note = (
            f"from, to: {range_} is no part of a build of {whole.seconds:.0f} s. All of it is shown instead."
        )
        return Zoom(whole, whole, kept, note)
    return Zoom(part, whole, kept)


def _seconds(given: str, usual: float) -> float | None:
    try:
        seconds = float(given or usual)
    except ValueError:
        return None
    return seconds if isfinite(seconds) else None
