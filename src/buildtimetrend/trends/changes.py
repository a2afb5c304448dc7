"""Where the level of a series changed for good.

Built up from levels and their cheapest explanation (segments.py), a second mode (modes.py), load by the clock
(waves.py) and noise (noise.py), fitted in turns (explain.py); what is left of the changes is then judged
against chance (confirm.py). Figures and what was tried: docs/decisions.md; `make eval` measures it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from buildtimetrend.trends.confirm import LEAST_POINTS, Confirmed, confirmed
from buildtimetrend.trends.explain import Explanation, explained
from buildtimetrend.trends.floats import Floats, np
from buildtimetrend.trends.scale import Scale, scale_of

STRENGTH = 4.5  # deviations of the difference between two levels
SMALLEST, LARGEST = 1e-15, 1e15  # of what is measured in any unit; what is less is 0, what is more no value
LEAST = 0.03  # of the level: smaller changes are not worth telling
# Log odds that a change is true, by the logarithm of its strength and with a wave in the series (`make eval`)
ODDS, BY_STRENGTH, WITH_WAVE = -2.2, 2.3, -1.2

Time: TypeAlias = datetime | float  # Unix time, if a number


@dataclass(frozen=True, slots=True)
class Change:
    """From `index` on values are about `after`, not `before`; with 95 % from one of `first` to `last` on.

    `change` is the difference as a share of `before`; `confidence`, from 0 to 1, that there is such a change.
    """

    index: int
    first: int
    last: int
    before: float
    after: float
    change: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """Of the values that are numbers, at `indexes` of all and on the scale."""

    indexes: list[int]
    scale: Scale
    values: Floats
    explanation: Explanation
    changes: list[Change]


def change_points(
    values: Sequence[float] | Floats, times: Sequence[Time] | Floats | None = None
) -> list[Change]:
    """The changes of a series, ascending. Values are in their order, of any unit, such as seconds of passed
    builds; those that are no finite number are passed over. `times` are those of the values: load by hour and
    weekday is then told from changes.

    Raises `ValueError` if there are not as many times as values.
    """
    found = analysed(values, times)
    return found.changes if found else []


def analysed(
    values: Sequence[float] | Floats, times: Sequence[Time] | Floats | None = None
) -> Analysis | None:
    """See `change_points`; None where the values are too few to tell anything."""
    if times is not None and len(times) != len(values):
        raise ValueError(f"{len(times)} times of {len(values)} values")
    given = np.asarray(values, dtype=float)
    indexes = np.flatnonzero(np.abs(given) <= LARGEST)
    if len(indexes) < 2 * LEAST_POINTS:
        return None
    numbers = np.where(np.abs(given[indexes]) < SMALLEST, 0.0, given[indexes])
    scale = scale_of(numbers)
    stamps = None if times is None else _stamps(times)[indexes]
    scaled = scale.of(numbers)
    explanation = explained(scaled, stamps, scale.floor)
    places = [int(index) for index in indexes]
    told = [_told(found, scale, places, explanation) for found in confirmed(explanation, LEAST, STRENGTH)]
    return Analysis(places, scale, scaled, explanation, told)


def _stamps(times: Sequence[Time] | Floats) -> Floats:
    return np.array([time.timestamp() if isinstance(time, datetime) else time for time in times], dtype=float)


def _told(found: Confirmed, scale: Scale, places: list[int], explanation: Explanation) -> Change:
    before, after = scale.back(found.before), scale.back(found.after)
    return Change(
        index=places[found.index],
        first=places[found.first],
        last=places[found.last],
        before=before,
        after=after,
        change=(after - before) / abs(before) if before else math.inf,
        confidence=confidence(found.strength, explanation),
    )


def confidence(strength: float, explanation: Explanation) -> float:
    """That there is such a change, from 0 to 1."""
    odds = ODDS + BY_STRENGTH * math.log(strength) + (WITH_WAVE if explanation.wave else 0.0)
    return 1 / (1 + math.exp(-odds))
