"""One simulated job: how long it waits and runs, and what its log tells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from buildtimetrend.demo.builds import LogKind, SimulatedJob
from buildtimetrend.demo.logs import Ending, Telling
from buildtimetrend.demo.projects import Variant
from buildtimetrend.demo.recordings import Recording, recording

_SECOND = 10**9
_NETWORK = ("git", "apt", "cache", "setup_c", "install", "before_install", "checkout", "nvm", "update_")
_ENDINGS = {
    "passed": Ending.PASSED,
    "failed": Ending.FAILED,
    "errored": Ending.STOPPED,
    "canceled": Ending.CANCELED,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What all jobs of a build have in common."""

    queued_at: int
    busyness: float
    script: float  # the script takes this many times as long as recorded
    archived: bool  # logs of this age are at the storage host


def make_job(
    variant: Variant, job_id: int, number: str, build_id: int, state: str, moment: Moment, rng: Random
) -> SimulatedJob:
    if state == "never":
        return _never_started(variant, job_id, number, moment, rng)
    wait = 1 + int(rng.lognormvariate(math.log(8), 0.9) * (1 + 3 * moment.busyness))
    started_at = moment.queued_at + min(wait, 1800)
    boot = rng.lognormvariate(math.log(3), 0.4)
    source = recording(variant.recording)
    telling = Telling(
        recording=source,
        build_id=build_id,
        job_id=job_id,
        start_ns=int((started_at + 0.5 + rng.random()) * _SECOND),
        boot=boot,
        factors=_factors(source, variant, moment, state, rng),
        ending=_ENDINGS[state],
    )
    return SimulatedJob(
        id=job_id,
        number=number,
        state=state,
        config=variant.config,
        allow_failure=variant.allow_failure,
        queued_at=moment.queued_at,
        started_at=started_at,
        finished_at=telling.finish_ns // _SECOND + 1,
        log_kind=_log_kind(moment, rng),
        source=telling,
    )


def _never_started(variant: Variant, job_id: int, number: str, moment: Moment, rng: Random) -> SimulatedJob:
    return SimulatedJob(
        id=job_id,
        number=number,
        state="canceled",
        config=variant.config,
        allow_failure=variant.allow_failure,
        queued_at=moment.queued_at,
        started_at=None,
        finished_at=moment.queued_at + 60 + rng.randrange(60),
        log_kind=LogKind.EMPTY,
        source=None,
    )


def _factors(source: Recording, variant: Variant, moment: Moment, state: str, rng: Random) -> list[float]:
    """How many times as long as recorded each block takes. What uses the network suffers when everybody builds."""
    factors = []
    for block in source.blocks:
        network = block.phase.startswith(_NETWORK)
        load = 1 + 0.3 * moment.busyness if network else 1.0
        outlier = 3.0 if rng.random() < 0.002 else 1.0
        factors.append(load * outlier * rng.lognormvariate(0, 0.2 if network else 0.08))
    script = rng.lognormvariate(0, 0.05) * moment.script * variant.speed
    factors[source.last_script] = script * (rng.uniform(0.3, 1.0) if state == "failed" else 1.0)
    return factors


def _log_kind(moment: Moment, rng: Random) -> LogKind:
    chance = rng.random()
    if chance < 0.01:
        return LogKind.MISSING if chance < 0.005 else LogKind.EMPTY
    return LogKind.ARCHIVED if moment.archived else LogKind.INLINE
