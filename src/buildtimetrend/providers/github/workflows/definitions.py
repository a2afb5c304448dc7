"""What a workflow file says of its jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildtimetrend.providers.github.workflows.matrices import Combination, combinations
from buildtimetrend.providers.github.workflows.yaml_text import NotYaml, loaded, text_of

MOST_JOBS = 500


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """`matrix` has its combinations; none of a job without one; None if they are reckoned while it runs."""

    key: str
    name: str | None
    needs: tuple[str, ...]
    matrix: Sequence[Combination] | None
    uses: str | None  # the reusable workflow that it calls
    environment: bool  # whether a person may have to let it go on
    may_fail: bool


@dataclass(frozen=True, slots=True)
class Workflow:
    name: str | None
    jobs: Mapping[str, JobDefinition]


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
    known = {
        str(key): _job(str(key), job) for key, job in [*jobs.items()][:MOST_JOBS] if isinstance(job, dict)
    }
    return Workflow(text_of(name) or None if not isinstance(name, dict | list) else None, known)


def _job(key: str, job: Mapping[str, object]) -> JobDefinition:
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else strategy
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
