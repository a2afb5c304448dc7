"""What worker time was spent on: what came of it, what came to nothing, what it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from buildtimetrend.waste.prices import Prices

# Each job is of one kind: the first that holds of it (store/reads/spent.py).
Kind: TypeAlias = Literal["useful", "canceled", "repeated", "superseded", "failed"]
KINDS: tuple[Kind, ...] = ("failed", "repeated", "superseded", "canceled")  # that came to nothing
Key = TypeVar("Key", bound=Hashable)


class Spent(NamedTuple):
    """Worker time of jobs that are alike: of one week, which began at `week`, one name, the same labels and
    the same kind; `seconds` are of all these `jobs` together.
    """

    week: datetime
    job: str
    labels: tuple[str, ...]
    kind: Kind
    jobs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Sum:
    """`wasted` of `seconds` came to nothing, `of` has that by kind. `cost` and `wasted_cost` leave out
    `unpriced` seconds; they are None where nothing has a price.
    """

    jobs: int
    seconds: float
    wasted: float
    of: dict[Kind, float]
    cost: float | None
    wasted_cost: float | None
    unpriced: float

    @property
    def share(self) -> float | None:
        """Of what came to nothing, in percent."""
        return 100 * self.wasted / self.seconds if self.seconds else None


def total(spent: Iterable[Spent], prices: Prices) -> Sum:
    of: dict[Kind, float] = dict.fromkeys(KINDS, 0.0)
    jobs, seconds, cost, wasted_cost, unpriced, priced = 0, 0.0, 0.0, 0.0, 0.0, False
    for each in spent:
        jobs += each.jobs
        seconds += each.seconds
        if each.kind in of:
            of[each.kind] += each.seconds
        price = prices.of(each.labels)
        if price is None:
            unpriced += each.seconds
            continue
        priced = True
        cost += each.seconds / 60 * price
        wasted_cost += each.seconds / 60 * price if each.kind in of else 0.0
    return Sum(
        jobs,
        seconds,
        sum(of.values()),
        of,
        cost if priced else None,
        wasted_cost if priced else None,
        unpriced,
    )


def by_week(spent: Iterable[Spent], prices: Prices) -> dict[datetime, Sum]:
    """In order; weeks in which nothing ran are left out."""
    return dict(sorted(_by(((each.week, each) for each in spent), prices).items()))


def by_job(spent: Iterable[Spent], prices: Prices) -> dict[str, Sum]:
    """The one that wasted most first."""
    found = _by(((each.job, each) for each in spent), prices)
    return dict(sorted(found.items(), key=lambda one: (-one[1].wasted, -one[1].seconds, one[0])))


def by_labels(spent: Iterable[Spent], prices: Prices) -> dict[tuple[str, ...], Sum]:
    """What took most first."""
    found = _by(((each.labels, each) for each in spent), prices)
    return dict(sorted(found.items(), key=lambda one: (-one[1].seconds, one[0])))


def _by(pairs: Iterable[tuple[Key, Spent]], prices: Prices) -> dict[Key, Sum]:
    groups: defaultdict[Key, list[Spent]] = defaultdict(list)
    for key, each in pairs:
        groups[key].append(each)
    return {key: total(group, prices) for key, group in groups.items()}


def unpriced_labels(spent: Iterable[Spent], prices: Prices) -> Sequence[str]:
    """Those of jobs that no price fits, as the settings would name them; those of most time first."""
    found: defaultdict[str, float] = defaultdict(float)
    for each in spent:
        if each.labels and prices.of(each.labels) is None:
            found[", ".join(each.labels)] += each.seconds
    return sorted(found, key=lambda labels: (-found[labels], labels))
