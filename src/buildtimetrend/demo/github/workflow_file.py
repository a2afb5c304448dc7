"""Workflow files: the YAML that a simulated repository has for its pipelines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from buildtimetrend.demo.runs.definitions import JobDefinition, Pipeline, Repository, StepDefinition

_FOLDER = ".github/workflows/"
_EVENTS = {"cron": "schedule", "api": "workflow_dispatch"}
_CONDITIONS = {
    "tag": "github.ref_type == 'tag'",
    "main": "github.ref_name == github.event.repository.default_branch",
}


def files(repository: Repository) -> dict[str, bytes]:
    """Contents by path: the workflows that have a file, and the reusable ones that they call."""
    found = {}
    for pipeline in repository.pipelines:
        if pipeline.path.startswith(_FOLDER):
            found[pipeline.path] = _text(_workflow(pipeline))
        for job in pipeline.jobs:
            if job.called:
                found[_called_path(job)] = _text(_reusable(job))
    return found


def blob_sha(content: bytes) -> str:
    """As git names it."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324  (git's own)


def _text(lines: Iterator[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _called_path(job: JobDefinition) -> str:
    return f"{_FOLDER}{job.key}-{job.called}.yml"


def _workflow(pipeline: Pipeline) -> Iterator[str]:
    yield f"name: {pipeline.name}"
    if pipeline.run_name:
        yield f"run-name: {pipeline.run_name.format('${{ github.run_number }}')}"
    yield f"on: [{', '.join(sorted(_EVENTS.get(event, event) for event in pipeline.events))}]"
    yield "jobs:"
    for job in pipeline.jobs:
        yield f"  {job.key}:"
        yield from (f"    {line}" for line in _job(job))


def _reusable(job: JobDefinition) -> Iterator[str]:
    yield "on: workflow_call"
    yield "jobs:"
    yield f"  {job.called}:"
    yield f"    runs-on: {job.runner}"
    yield from (f"    {line}" for line in _steps(job))


def _job(job: JobDefinition) -> Iterator[str]:
    if job.name:
        yield f"name: {job.name}"
    if job.needs:
        yield f"needs: [{', '.join(job.needs)}]" if len(job.needs) > 1 else f"needs: {job.needs[0]}"
    if job.only:
        yield f"if: {' || '.join(_CONDITIONS[each] for each in sorted(job.only))}"
    if job.matrix:
        yield "strategy:"
        yield "  matrix:"
        for axis, values in job.matrix.items():
            quoted = ", ".join(f'"{value}"' for value in values)
            yield f"    {axis}: [{quoted}]"
    if job.allow_failure:
        yield "continue-on-error: true"
    if job.called:
        yield f"uses: ./{_called_path(job)}"
        return
    yield f"runs-on: {job.runner}"
    yield from _steps(job)


def _steps(job: JobDefinition) -> Iterator[str]:
    yield "steps:"
    yield "  - uses: actions/checkout@v4"
    for step in job.steps:
        yield from (f"  {line}" for line in _step(step))


def _step(step: StepDefinition) -> Iterator[str]:
    yield f"- name: {step.name}"
    yield f"  uses: {step.uses}" if step.uses else "  run: echo simulated"
