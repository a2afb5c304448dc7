"""What a build's wall time went by with along its critical path, and what that usually is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Literal, NamedTuple, TypeAlias

from buildtimetrend.critical_path.spent import Spent, middle_half, spent, tells_booting
from buildtimetrend.critical_path.timings import Row, Timed, seconds_by_step, timed
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.job_names import name_of, step_title

Kind: TypeAlias = Literal["waiting", "booting", "step", "other", "again", "between"]
_LABELS: Mapping[str, str] = {
    "waiting": "waiting for a worker",
    "booting": "booting",
    "other": "other steps",
    "again": "until a job was tried again",
    "between": "nothing known to wait or run",
}


class EarlierBuild(NamedTuple):
    """A build that passed before: its jobs, and how they spent its wall time."""

    jobs: Sequence[Row]
    timed: Timed


@dataclass(frozen=True, slots=True)
class Part:
    """Seconds of a build's wall time, and what they usually are.

    `kind`, along the critical path: `waiting` for a worker; `booting`; a `step`; all `other` that its jobs
    ran; `again`, until a job that was tried before could begin again; `between`, what no job of it is known
    to have waited or run. `booted`: booting is in a wait, since one side alone tells it.
    """

    kind: Kind
    seconds: float
    usual: float
    step: str | None = None
    booted: bool = False

    @property
    def difference(self) -> float:
        return self.seconds - self.usual

    def row(self) -> dict[str, Any]:
        """As the API and the pages have it."""
        return asdict(self) | {"difference": self.difference}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a build spent, and what is usual; its steps by their keys. `booted`: booting is in the waits,
    which one side alone tells. `common`: the steps that every one of the builds before had on its path.
    """

    now: Spent
    usual: Spent
    booted: bool
    steps: Mapping[str, float]
    usual_steps: Mapping[str, float]
    common: AbstractSet[str]


def earlier_builds(usual: Usual) -> list[EarlierBuild]:
    """The builds of which it is known how they spent their time, the latest last or first as they come."""
    found = []
    for _, group in groupby(usual.passed_jobs, key=lambda job: (job["build_id"], job["attempt"])):
        jobs = list(group)
        times = {name: jobs[0][f"build_{name}"] for name in ("started_at", "finished_at")}
        known = timed(times, jobs)
        if known is not None and known.path:
            found.append(EarlierBuild(jobs, known))
    return found


def comparison(
    build: Timed, jobs: Sequence[Row], usual: Usual, before: Sequence[EarlierBuild], wall: float
) -> Comparison:
    """`wall` (s) is usual for all of the build: the middle half of those before is made to add up to it."""
    chosen, tells = _with_booting(build, middle_half(before, lambda one: one.timed.wall))
    sums = sum((spent(one.timed, tells) for one in chosen), Spent())
    whole = sum(one.timed.wall for one in chosen)
    scale = wall / whole if whole else 0.0
    usual_spent = sums * scale if whole else Spent(between=wall)
    each = [_added(_usual_steps(usual, one.jobs[place]) for place in one.timed.path) for one in chosen]
    return Comparison(
        now=spent(build, tells),
        usual=usual_spent,
        booted=not tells and any(map(tells_booting, (build, *(one.timed for one in chosen)))),
        steps=_added(seconds_by_step(jobs[place]) for place in build.path),
        usual_steps={key: seconds * scale for key, seconds in _added(each).items()},
        common=set(each[0]).intersection(*each[1:]) if each else set(),
    )


def parts_of(found: Comparison, named: Iterable[str], phases: AbstractSet[str]) -> list[Part]:
    """They add up to both wall times. Steps of the keys `named`, and the longest, stand alone; `phases` are
    known.
    """
    longest = max(found.steps, key=lambda key: found.steps[key], default=None)
    keys = [key for key in dict.fromkeys([*named, *filter(None, [longest])]) if key]
    left, usually_left = found.now.running, found.usual.running
    steps = []
    for key in sorted(keys, key=lambda key: -found.steps.get(key, 0.0)):
        seconds = min(found.steps.get(key, 0.0), left)
        usual = min(found.usual_steps.get(key, 0.0), usually_left)
        steps.append(Part("step", seconds, usual, step_title(key, phases)))
        left, usually_left = left - seconds, usually_left - usual
    now, usual_spent = found.now, found.usual
    return [
        Part("waiting", now.waiting, usual_spent.waiting, booted=found.booted),
        Part("booting", now.booting, usual_spent.booting),
        *steps,
        Part("other", left, usually_left),
        Part("again", now.again, usual_spent.again),
        Part("between", now.between, usual_spent.between),
    ]


def label_of(kind: str, step: str | None, *, booted: bool) -> str:
    label = step or _LABELS[kind]
    return f"{label} and booting" if booted else label


def _with_booting(build: Timed, before: Sequence[EarlierBuild]) -> tuple[Sequence[EarlierBuild], bool]:
    """Those to hold a build against, and whether it and they tell how long they booted: else that is a part
    of waiting on both sides.
    """
    telling = [one for one in before if tells_booting(one.timed)]
    if tells_booting(build) and telling and 2 * len(telling) >= len(before):
        return telling, True
    return before, False


def _usual_steps(usual: Usual, job: Row) -> dict[str, float]:
    name = name_of(job)
    return {key: seconds for (*of, key), seconds in usual.steps.items() if tuple(of) == name}


def _added(counters: Iterable[Mapping[str, float]]) -> Counter[str]:
    whole = Counter[str]()
    for one in counters:
        whole.update(one)
    return whole
