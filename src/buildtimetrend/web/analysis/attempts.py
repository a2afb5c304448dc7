"""The attempts of one build side by side: which job's result changed, and what trying again cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from buildtimetrend import text
from buildtimetrend.web.analysis.explained.job_names import cut, title
from buildtimetrend.web.analysis.job_endings import failing_step

Attempt = Mapping[str, Any]


def changed(attempts: Sequence[Attempt]) -> str:
    """A sentence or two about the last attempt and the one before; empty where nothing is to be said."""
    if len(attempts) < 2 or attempts[-1]["build"]["result"] is None:
        return ""
    before, now = attempts[-2:]
    jobs = [
        (earlier, job)
        for job in now["jobs"]
        for earlier in before["jobs"]
        if _same(earlier, job) and earlier["result"] != job["result"] and not job["allow_failure"]
    ]
    said = [*_results(jobs), *_cost(before["build"], now)]
    return " ".join(said)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return title(one) == title(other)


def _results(jobs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[str]:
    flaky = [pair for pair in jobs if {job["result"] for job in pair} == {"passed", "failed"}]
    if not flaky:
        return []
    earlier, job = flaky[0]
    if len(flaky) > 1:
        names = ", ".join(title(job) for _, job in flaky)
        return [f"On the same commit {len(flaky)} jobs had another result than before: {names}."]
    how = _how(earlier if earlier["result"] == "failed" else job)
    return [
        f"Job {title(job)} {earlier['result']} first and {job['result']} at the next attempt on the same "
        f"commit, so it is flaky{': ' + how if how else ''}."
    ]


def _how(job: Mapping[str, Any]) -> str:
    """By which command or step the job failed, and after how long that was."""
    at = failing_step(job)
    step = next((step for step in job["steps"] if step["position"] == at), None)
    command = job["exit_command"] or (step["label"] if step else None)
    if not command:
        return ""
    ended = f"exited with {job['exit_code']}" if job["exit_code"] else "failed"
    after = f" after {text.duration(step['duration'])}" if step else ""
    return f"`{cut(command)}` {ended}{after}"


def _cost(before: Mapping[str, Any], now: Attempt) -> list[str]:
    """How much later the result came, and how long workers ran for it."""
    ended, again = before["finished_at"], now["build"]["finished_at"]
    if ended is None or again is None or again <= ended:
        return []
    ran = sum(job["duration"] or 0.0 for job in now["jobs"])
    later = text.duration((again - ended).total_seconds())
    return [f"Trying again took {later} until the result and {text.duration(ran)} of worker time."]
