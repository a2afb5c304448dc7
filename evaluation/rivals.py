"""What else is in use: Apache Otava, PELT with a rank test, and the rules that teams wrote for themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import ruptures
from otava.analysis import compute_change_points
from scipy.stats import mannwhitneyu

from buildtimetrend.trends import Change
from buildtimetrend.trends.floats import Floats
from evaluation.series import Series

LEAST = 5  # values on each side


def otava(series: Series) -> list[Change]:
    """E-divisive with a t-test, p 0.001, as Otava is set by default; on logarithms, which suit durations."""
    found, _ = compute_change_points(np.log(series.values).tolist(), window_len=50, max_pvalue=0.001)
    return _changes(series.values, (change.index for change in found))


def pelt(series: Series) -> list[Change]:
    """PELT on logarithms without their outliers, then Mann-Whitney, p 1e-4, and 5 %."""
    logs = np.log(series.values)
    clipped = _without_outliers(logs)
    deviation = 1.4826 * float(np.median(np.abs(np.diff(clipped)))) / np.sqrt(2) or 1e-3
    ends = ruptures.KernelCPD(kernel="linear", min_size=LEAST).fit(clipped / deviation).predict(pen=12)
    cuts = [0, *ends]
    confirmed = [
        cut
        for before, cut, after in zip(cuts, cuts[1:], cuts[2:], strict=False)
        if mannwhitneyu(logs[before:cut], logs[cut:after]).pvalue < 1e-4
        and abs(np.median(logs[before:cut]) - np.median(logs[cut:after])) > 0.05
    ]
    return _changes(series.values, confirmed)


def last_three(series: Series) -> list[Change]:
    """Median of the last 3 at least 25 % and 5 minutes over that of the 24 before (apache/airflow)."""
    return _changes(series.values, _when(series.values, 24, 3, ratio=1.25, seconds=300.0, share=50))


def weekly(series: Series) -> list[Change]:
    """95th percentile of a week at least 20 % and 60 s over that of the week before (PostHog/posthog)."""
    weeks = ((series.times - series.times[0]) // (7 * 86_400)).astype(int)
    starts = np.flatnonzero(np.diff(weeks, prepend=-1))
    found = []
    for before, start, end in zip(starts, starts[1:], [*starts[2:], len(weeks)], strict=False):
        old, new = np.percentile(series.values[before:start], 95), np.percentile(series.values[start:end], 95)
        if new > 1.2 * old and new > old + 60:
            found.append(int(start))
    return _changes(series.values, found)


def _when(
    values: Floats, window: int, last: int, *, ratio: float, seconds: float, share: float
) -> Iterable[int]:
    """Where the rule begins to hold."""
    held = False
    for end in range(window + last, len(values) + 1):
        old = np.percentile(values[end - last - window : end - last], share)
        new = np.percentile(values[end - last : end], share)
        holds = bool(new > ratio * old and new > old + seconds)
        if holds and not held:
            yield end - last
        held = holds


def _without_outliers(logs: Floats, reach: int = 5) -> Floats:
    """Hampel's filter: within three deviations of the median of 11."""
    clipped = logs.copy()
    for at in range(len(logs)):
        near = logs[max(0, at - reach) : at + reach + 1]
        middle = np.median(near)
        deviation = 3 * 1.4826 * np.median(np.abs(near - middle))
        clipped[at] = np.clip(logs[at], middle - deviation, middle + deviation)
    return clipped


def _changes(values: Floats, cuts: Iterable[int]) -> list[Change]:
    bounds: Sequence[int] = [0, *cuts, len(values)]
    found = []
    for before, cut, after in zip(bounds, bounds[1:], bounds[2:], strict=False):
        old, new = float(np.median(values[before:cut])), float(np.median(values[cut:after]))
        found.append(Change(cut, cut, cut, old, new, new / old - 1, 0.95))
    return found
