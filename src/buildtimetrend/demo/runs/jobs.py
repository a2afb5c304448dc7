"""The jobs of a simulated run: what each waits for, how long it takes, how it ends, what a re-run repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from buildtimetrend.demo.drawn import NEVER_STARTED
from buildtimetrend.demo.jobs import Moment, script_stretch, stretch, wait
from buildtimetrend.demo.runs.definitions import Dialect, JobDefinition, Pipeline, StepDefinition, Values
from buildtimetrend.demo.runs.run import RunJob, RunStep, State

RUNNERS = 40
_MAY_FAIL = 0.4


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn: an attempt of a run. `events` are those that conditions of jobs ask for."""

    pipeline: Pipeline
    dialect: Dialect
    moment: Moment
    events: frozenset[str]
    outcome: str
    attempt: int
    first_id: int
    fails: str = ""  # the name of the job that decides the outcome; empty: drawn by lot
    earlier: tuple[RunJob, ...] = ()  # the attempt before, of a re-run of what did not pass

    @property
    def entries(self) -> list[tuple[JobDefinition, Values]]:
        return [(definition, values) for definition in self.pipeline.jobs for values in definition.variants]

    def applies(self, definition: JobDefinition) -> bool:
        return not definition.only or bool(definition.only & self.events)


def draw(plan: Plan, rng: Random) -> tuple[RunJob, ...]:
    """One job decides the outcome; those that may fail never do. Jobs need only those before them."""
    jobs: list[RunJob] = []
    culprit = _culprit(plan, rng)
    for position, (definition, values) in enumerate(plan.entries):
        job_id = plan.first_id + position
        if plan.earlier and _untouched(plan, plan.earlier[position]):
            jobs.append(plan.earlier[position])
            continue
        needed = [job for job in jobs if job.definition.key in definition.needs]
        ready = max([plan.moment.queued_at, *(job.finished_at or 0 for job in needed)])
        state = _state(plan, definition, needed, position - culprit, rng)
        job = RunJob(
            job_id,
            plan.dialect.name(definition, values),
            definition,
            values,
            state,
            plan.attempt,
            ready,
            None,
            ready,
        )
        jobs.append(job if job.waived else _ran(plan, job, position == culprit, rng))
    return tuple(jobs)


def merged(attempts: Sequence[tuple[RunJob, ...]]) -> tuple[RunJob, ...]:
    """The jobs of all attempts as one run's. What was repeated is `retried`, or gone if it never ran."""
    jobs = attempts[0]
    for number, later in enumerate(attempts[1:], 2):
        again = {job.name: job for job in later if job.attempt == number}
        kept = [
            replace(job, retried=True) if job.name in again and not job.retried else job
            for job in jobs
            if job.name not in again or job.ran
        ]
        jobs = (*kept, *again.values())
    return jobs


def state_of(jobs: Sequence[RunJob], outcome: str) -> State:
    if all(job.waived for job in jobs):
        return "skipped"
    return (
        "passed"
        if outcome == "passed"
        else "canceled"
        if outcome in {"canceled", NEVER_STARTED}
        else "failed"
    )


def _culprit(plan: Plan, rng: Random) -> int:
    able = [
        position
        for position, (definition, _) in enumerate(plan.entries)
        if plan.applies(definition)
        and not (definition.allow_failure or definition.manual or definition.starts)
        and not (plan.earlier and _untouched(plan, plan.earlier[position]))
    ]
    drawn = rng.choice(able) if able else -1
    names = [plan.dialect.name(*entry) for entry in plan.entries]
    return names.index(plan.fails) if plan.fails else drawn


def _untouched(plan: Plan, job: RunJob) -> bool:
    return (
        job.state in {"passed", "manual"} or job.definition.allow_failure or not plan.applies(job.definition)
    )


def _state(
    plan: Plan, definition: JobDefinition, needed: list[RunJob], after_culprit: int, rng: Random
) -> State:
    if not plan.applies(definition):
        return "skipped"
    if plan.outcome == NEVER_STARTED or (plan.outcome == "canceled" and after_culprit >= 0):
        return "canceled"
    if any(job.state != "passed" for job in needed):
        return "skipped"
    if definition.manual:
        return "manual"
    if after_culprit == 0 and plan.outcome != "passed":
        return "failed"
    return "failed" if definition.allow_failure and rng.random() < _MAY_FAIL else "passed"


def _ran(plan: Plan, job: RunJob, decides: bool, rng: Random) -> RunJob:
    if job.state == "canceled" and not (decides and plan.outcome == "canceled"):
        return replace(job, finished_at=job.queued_at + 60 + rng.randrange(60))
    started_at = job.queued_at + wait(plan.moment, rng)
    if job.definition.starts:
        return replace(job, started_at=started_at, finished_at=started_at + 1)
    steps = _steps(plan, job, started_at, rng)
    return replace(
        job,
        started_at=started_at,
        finished_at=steps[-1].finished_at,
        steps=steps,
        runner=1 + rng.randrange(RUNNERS),
    )


def _steps(plan: Plan, job: RunJob, started_at: int, rng: Random) -> tuple[RunStep, ...]:
    """Numbers have a gap before the closing ones: those that clean up count from the end."""
    dialect, own = plan.dialect, job.definition.steps
    breaks = _breaks_at(plan, own) if job.state in {"failed", "canceled"} else len(own)
    at, steps = started_at, []
    for position, step in enumerate((*dialect.opening, *own, *dialect.closing)):
        index = position - len(dialect.opening)
        state: State = job.state if index == breaks else "skipped" if breaks < index < len(own) else "passed"
        length = 0 if state == "skipped" else _seconds(step, plan.moment, rng)
        gap = len(own) if index >= len(own) else 0
        steps.append(RunStep(position + 1 + gap, step.name, state, at, at + length))
        at += length
    return tuple(steps)


def _breaks_at(plan: Plan, own: tuple[StepDefinition, ...]) -> int:
    """Errors are those of the network, failures those of the script."""
    wanted = "network" if plan.outcome == "errored" else "script"
    found = [index for index, step in enumerate(own) if step.work == wanted]
    return found[-1] if found else len(own) - 1


def _seconds(step: StepDefinition, moment: Moment, rng: Random) -> int:
    if step.work == "script":
        return max(1, round(step.seconds * script_stretch(moment, rng)))
    return round(step.seconds * stretch(moment, rng, network=step.work == "network"))
