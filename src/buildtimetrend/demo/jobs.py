"""The jobs of a simulated build: how long each waits and runs, how it ends, and what its log tells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from buildtimetrend.demo.builds import LogKind, SimulatedJob
from buildtimetrend.demo.drawn import NEVER_STARTED
from buildtimetrend.demo.events import SLOW_IMAGE, CacheLoss
from buildtimetrend.demo.logs import Ending, Telling
from buildtimetrend.demo.projects import BUILD_IDS, PROJECT_IDS, Project, Variant
from buildtimetrend.demo.recordings import Block, Recording, recording
from buildtimetrend.demo.workload import Workload, busyness

_SECOND = 10**9
_DAY = 24 * 3600
_ARCHIVED_AFTER = 90 * _DAY
_LONGEST_WAIT = 1800
_NETWORK = ("git", "apt", "cache", "setup_c", "install", "before_install", "checkout", "nvm", "update_")
_NOT_FOUND = 0.15  # of the time that it takes to fetch a cache
_ENDINGS = {
    "passed": Ending.PASSED,
    "failed": Ending.FAILED,
    "errored": Ending.STOPPED,
    "canceled": Ending.CANCELED,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What all jobs of a build have in common."""

    build_id: int
    number: int
    queued_at: int
    busyness: float
    script: float  # the script takes this many times as long as recorded
    archived: bool  # logs of this age are at the storage host
    age: float  # of the year, from 0 to 1
    congestion: int = 0  # s that each job waits longer, about
    cache_loss: CacheLoss | None = None


def moment_of(project: Project, number: int, queued_at: int, workload: Workload) -> Moment:
    slowed = project.slowdown is not None and number >= project.slowdown.number
    change = project.slowdown.factor if project.slowdown and slowed else 1.0
    age = workload.age(queued_at)
    return Moment(
        build_id=project.id * PROJECT_IDS + number * BUILD_IDS,
        number=number,
        queued_at=queued_at,
        busyness=busyness(queued_at),
        script=change * (1 + project.drift * age),
        archived=workload.now - queued_at > _ARCHIVED_AFTER,
        age=age,
        congestion=_congestion(project, number, queued_at),
        cache_loss=_lost_cache(project, number),
    )


def _congestion(project: Project, number: int, queued_at: int) -> int:
    if project.congestion is None:
        return 0
    rng = Random(f"{project.slug}/{number}/{queued_at}/congestion")  # noqa: S311  (a simulation)
    return project.congestion.waits(number, queued_at, rng)


def _lost_cache(project: Project, number: int) -> CacheLoss | None:
    lost = project.cache_loss
    return lost if lost and lost.holds(number) else None


def make_jobs(project: Project, moment: Moment, outcome: str, rng: Random) -> tuple[SimulatedJob, ...]:
    """One job decides the outcome; those that may fail never do."""
    culprit = rng.choice([i for i, variant in enumerate(project.variants) if not variant.allow_failure])
    jobs = []
    for position, variant in enumerate(project.variants):
        state = (
            outcome if position == culprit else _state_of_another(outcome, position > culprit, variant, rng)
        )
        make = _never_started if state == NEVER_STARTED else _ran
        jobs.append(make(variant, position, state, moment, rng))
    return tuple(jobs)


def _state_of_another(outcome: str, later: bool, variant: Variant, rng: Random) -> str:
    if outcome == NEVER_STARTED or (outcome == "canceled" and later):
        return NEVER_STARTED
    likely_to_fail = 0.4 if variant.allow_failure else 0.3 if outcome == "failed" else 0.0
    return "failed" if rng.random() < likely_to_fail else "passed"


def _ran(variant: Variant, position: int, state: str, moment: Moment, rng: Random) -> SimulatedJob:
    started_at = moment.queued_at + wait(moment, rng)
    source = recording(variant.recording)
    telling = Telling(
        recording=source,
        build_id=moment.build_id,
        job_id=moment.build_id + 1 + position,
        start_ns=int((started_at + 0.5 + rng.random()) * _SECOND),
        boot=rng.lognormvariate(math.log(3), 0.4),
        factors=_factors(source, variant, moment, state, rng),
        ending=_ENDINGS[state],
    )
    return SimulatedJob(
        id=telling.job_id,
        number=f"{moment.number}.{position + 1}",
        state=state,
        config=variant.config,
        allow_failure=variant.allow_failure,
        queued_at=moment.queued_at,
        started_at=started_at,
        finished_at=telling.finish_ns // _SECOND + 1,
        log_kind=_log_kind(moment, rng),
        source=telling,
    )


def wait(moment: Moment, rng: Random) -> int:
    """Seconds for a machine: longer when everybody builds."""
    usual = int(rng.lognormvariate(math.log(8), 0.9) * (1 + 3 * moment.busyness))
    return min(1 + usual + moment.congestion, _LONGEST_WAIT)


def stretch(moment: Moment, rng: Random, *, network: bool) -> float:
    """How many times as long as usual something takes. The network suffers when everybody builds."""
    load = 1 + 0.3 * moment.busyness if network else 1.0
    outlier = 3.0 if rng.random() < 0.002 else 1.0
    return load * outlier * rng.lognormvariate(0, 0.2 if network else 0.08)


def script_stretch(moment: Moment, rng: Random) -> float:
    return rng.lognormvariate(0, 0.06) * moment.script


def _never_started(variant: Variant, position: int, _: str, moment: Moment, rng: Random) -> SimulatedJob:
    return SimulatedJob(
        id=moment.build_id + 1 + position,
        number=f"{moment.number}.{position + 1}",
        state="canceled",
        config=variant.config,
        allow_failure=variant.allow_failure,
        queued_at=moment.queued_at,
        started_at=None,
        finished_at=moment.queued_at + 60 + rng.randrange(60),
        log_kind=LogKind.EMPTY,
        source=None,
    )


def _factors(
    source: Recording, variant: Variant, moment: Moment, state: str, rng: Random
) -> tuple[float, ...]:
    """How many times as long as recorded each block takes."""
    factors = [stretch(moment, rng, network=block.phase.startswith(_NETWORK)) for block in source.blocks]
    script = script_stretch(moment, rng) * variant.speed
    factors[source.last_script] = script * (rng.uniform(0.3, 1.0) if state == "failed" else 1.0)
    image = SLOW_IMAGE.slows(variant.config.get("dist"), moment.age)
    found = [
        image * _without_cache(block, moment.cache_loss) * factor
        for block, factor in zip(source.blocks, factors, strict=True)
    ]
    return tuple(found)


def _without_cache(block: Block, lost: CacheLoss | None) -> float:
    """There is nothing to fetch, and everything to install."""
    if lost is None:
        return 1.0
    if "download cache archive" in block.command:
        return _NOT_FOUND
    return lost.factor if block.phase.startswith("install") else 1.0


def _log_kind(moment: Moment, rng: Random) -> LogKind:
    chance = rng.random()
    if chance < 0.01:
        return LogKind.MISSING if chance < 0.005 else LogKind.EMPTY
    return LogKind.ARCHIVED if moment.archived else LogKind.INLINE
