"""What a workflow file says of its jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from buildtimetrend.providers.github.workflows.matrices import (
    MOST_VALUES,
    Combination,
    combinations,
    values_of,
)
from buildtimetrend.providers.github.workflows.yaml_text import NotYaml, loaded, text_of

MOST_JOBS = 500
_TOO_LARGE = "a matrix whose combinations are not made"


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """`matrix` has its combinations; none of a job without one; None if they are reckoned while it runs, or
    are too many.
    """

    key: str
    name: str | None
    needs: tuple[str, ...]
    matrix: Sequence[Combination] | None
    uses: str | None  # the reusable workflow that it calls
    environment: bool  # whether a person may have to let it go on
    may_fail: bool


@dataclass(frozen=True, slots=True)
class Workflow:
    """`size` is how many values the combinations of its matrices have, with its jobs."""

    name: str | None
    jobs: Mapping[str, JobDefinition]
    size: int


def workflow_of(content: bytes) -> Workflow | None:
    """None for what is no workflow. Never raises: a build is as good without it."""
    try:
        top = loaded(content)
    except NotYaml:
        return None
    jobs = top.get("jobs") if isinstance(top, dict) else None
    if not isinstance(jobs, dict):
        return None
    name = top.get("name")
    known, left = {}, MOST_VALUES
    for key, job in islice(jobs.items(), MOST_JOBS):
        if not isinstance(job, dict):
            continue
        matrix = _matrix_of(job)
        size = values_of(matrix)
        known[str(key)] = _job(str(key), job, matrix if size <= left else _TOO_LARGE)
        left -= min(size, left)
    shown = text_of(name) or None if not isinstance(name, dict | list) else None
    return Workflow(shown, known, MOST_VALUES - left + len(known))


def _matrix_of(job: Mapping[str, object]) -> object:
    strategy = job.get("strategy")
    return strategy.get("matrix") if isinstance(strategy, dict) else strategy


def _job(key: str, job: Mapping[str, object], matrix: object) -> JobDefinition:
    name, uses = job.get("name"), job.get("uses")
    return JobDefinition(
        key=key,
        name=text_of(name) or None if not isinstance(name, dict | list) else None,
        needs=_needs(job.get("needs")),
        matrix=combinations(matrix) if matrix is not None else (),
        uses=uses if isinstance(uses, str) else None,
        environment=job.get("environment") is not None,
        may_fail=job.get("continue-on-error") is True,
    )


def _needs(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(dict.fromkeys(text_of(each) for each in value if not isinstance(each, dict | list)))
    return (text_of(value),) if value is not None and not isinstance(value, dict) else ()
