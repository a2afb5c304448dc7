"""A project whose builds are the recordings: one job each, its log byte for byte, with its own times."""

from __future__ import annotations

from buildtimetrend.demo import recordings
from buildtimetrend.demo.builds import Commit, LogKind, SimulatedBuild, SimulatedJob
from buildtimetrend.demo.projects import BUILD_IDS, PROJECT_IDS, Project

PROJECT = Project(100, "recorded/logs", "various", len(recordings.names()), (), told=False)
_SECOND = 10**9


def name_of(number: int) -> str:
    return recordings.names()[number - 1]


def build(project: Project, number: int) -> SimulatedBuild:
    name = name_of(number)
    source = recordings.recording(name)
    started_at, finished_at = source.instants[0] // _SECOND - 2, source.instants[-1] // _SECOND + 1
    build_id = project.id * PROJECT_IDS + number * BUILD_IDS
    state = _state(source.content)
    job = SimulatedJob(
        id=build_id + 1,
        number=f"{number}.1",
        state=state,
        config={"language": name.split("-")[0].replace("node", "node_js"), "os": "linux"},
        allow_failure=False,
        queued_at=started_at - 5,
        started_at=started_at,
        finished_at=finished_at,
        log_kind=LogKind.INLINE,
        source=source,
    )
    return SimulatedBuild(
        project=project,
        id=build_id,
        number=number,
        attempt=1,
        state=state,
        previous_state=None,
        event_type="push",
        branch=project.main_branch,
        tag=None,
        pull_request=None,
        commit=_commit(project, number, name, started_at),
        queued_at=started_at - 5,
        jobs=(job,),
    )


def _state(log: bytes) -> str:
    if b"\nDone. Your build exited with 0." in log:
        return "passed"
    return "failed" if b"\nDone. Your build exited with" in log else "errored"


def _commit(project: Project, number: int, name: str, started_at: int) -> Commit:
    return Commit(
        id=project.id * 100_000 + number,
        sha=f"{number:040x}",
        parent=f"{number - 1:040x}",
        message=f"{name} (the log is recorded; build and commit are simulated)",
        author="Ada Example",
        email="ada.example@example.org",
        committed_at=started_at - 60,
    )
