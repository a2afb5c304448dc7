"""What of a build is kept at each data detail."""

from dataclasses import replace

import pytest

from buildtimetrend.ingest import trimmed
from buildtimetrend.model import Build, Exit, LogState, Matrix, Step, Worker
from buildtimetrend.settings import Detail
from tests.tasks.providers import NS, build


@pytest.fixture
def whole() -> Build:
    made = build(1)
    job = replace(
        made.jobs[0],
        matrix=Matrix("python 2.7 linux", {"language": "python", "os": "linux"}),
        worker=Worker(hostname="w1", os="linux", facts={"kernel": "4.4"}),
        exit=Exit(reason="done", code=0),
        log=LogState.COMPLETE,
        steps=(Step("install.1", "install", "make deps", NS, NS + 10**9),),
    )
    return replace(made, jobs=(job,), message="Fix it", author="Ada")


@pytest.mark.parametrize(
    ("detail", "steps", "hostname", "facts", "values", "message"),
    [
        ("minimal", 0, None, {}, {}, None),
        ("basic", 0, "w1", {}, {"language": "python", "os": "linux"}, "Fix it"),
        ("full", 1, "w1", {}, {"language": "python", "os": "linux"}, "Fix it"),
        ("extended", 1, "w1", {"kernel": "4.4"}, {"language": "python", "os": "linux"}, "Fix it"),
    ],
)
def test_each_data_detail_keeps_what_the_documentation_says(
    whole: Build,
    detail: Detail,
    steps: int,
    hostname: str | None,
    facts: dict[str, str],
    values: dict[str, str],
    message: str | None,
) -> None:
    kept = trimmed(whole, detail)
    (job,) = kept.jobs
    assert len(job.steps) == steps
    assert (job.worker.hostname, job.worker.facts) == (hostname, facts)
    assert (job.matrix.summary, job.matrix.values) == ("python 2.7 linux", values)
    assert (job.result, job.duration) == (whole.jobs[0].result, 30.0)
    assert kept.message == message


def test_extended_keeps_the_build_as_it_is(whole: Build) -> None:
    assert trimmed(whole, "extended") is whole


def test_what_a_log_says_of_the_worker_adds_to_what_the_api_says() -> None:
    told = Worker(name="runner-5", labels=("docker",), os="linux", facts={"Image": "api"})
    logged = Worker(
        hostname="pod-1", os="windows", name="r5", boot_time=0.0, facts={"Image": "log", "Executor": "docker"}
    )
    assert told.with_log(logged) == Worker(
        hostname="pod-1",
        os="linux",
        name="runner-5",
        boot_time=0.0,
        labels=("docker",),
        facts={"Image": "api", "Executor": "docker"},
    )
    assert Worker().with_log(logged) is logged
    assert told.with_log(Worker()) == told
