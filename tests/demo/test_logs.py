import re

import pytest

from buildtimetrend.demo import recordings
from buildtimetrend.demo.builds import SimulatedJob
from buildtimetrend.demo.history import History
from buildtimetrend.demo.logs import MARKER, Ending, Telling
from buildtimetrend.demo.projects import PROJECTS
from buildtimetrend.logs import parse

END_TAG = re.compile(rb"travis_time:end:([^:]+):start=(\d+),finish=(\d+),duration=(\d+)")
NUMBERS_AND_IDS = re.compile(
    rb"\d{19}|duration=\d+|(?<=Build id: )\d+|(?<=Job id: )\d+|(?<=startup: )[\d.]+m?s"
)
START = 1_750_000_000_123_456_789


def tell(name: str, ending: Ending = Ending.PASSED, factor: float = 1.5) -> Telling:
    source = recordings.recording(name)
    return Telling(source, 4711, 4712, START, 2.5, (factor,) * len(source.blocks), ending)


def jobs(history: History, slug: str, count: int = 40) -> list[SimulatedJob]:
    builds = [history.build(slug, number) for number in history.numbers(slug)[:count]]
    return [job for build in builds if build for job in build.jobs if job.readable]


@pytest.mark.parametrize("name", recordings.names())
def test_a_told_log_differs_from_the_recorded_one_in_numbers_only(name: str) -> None:
    told = tell(name).log().removeprefix(MARKER)
    source = recordings.recording(name).content
    if b"exited with 1." in source:
        source = source.replace(b"Your build exited with 1.", b"Your build exited with 0.")
        told, source = (
            re.sub(rb'\x1b\[3[12];1mThe command "[^\x1b]*" exited with \d', b"", x) for x in (told, source)
        )
    assert NUMBERS_AND_IDS.sub(b"#", told) == NUMBERS_AND_IDS.sub(b"#", source)


@pytest.mark.parametrize("name", recordings.names())
def test_times_stay_consistent_and_keep_their_order(name: str) -> None:
    told = END_TAG.findall(tell(name).log())
    source = END_TAG.findall(recordings.recording(name).content)
    assert [tag[0] for tag in told] == [tag[0] for tag in source]
    assert all(int(finish) - int(start) == int(duration) for _, start, finish, duration in told)
    assert order(told) == order(source)
    assert min(int(tag[1]) for tag in told) == START


def order(tags: list[tuple[bytes, ...]]) -> list[int]:
    """The places of all instants among each other."""
    instants = [int(instant) for tag in tags for instant in tag[1:3]]
    ranks = {instant: rank for rank, instant in enumerate(sorted(set(instants)))}
    return [ranks[instant] for instant in instants]


def test_a_block_is_stretched_by_its_factor() -> None:
    told, source = tell("java-2017", factor=2.0), recordings.recording("java-2017")
    times = told.times()
    for block in source.blocks:
        assert times[block.finish] - times[block.start] == 2 * (block.finish - block.start)


def test_the_log_says_that_it_is_simulated() -> None:
    assert tell("python-2017").log().startswith(b"Simulated: ")


def test_a_failed_job_ends_in_the_failing_form() -> None:
    log = tell("python-2017", Ending.FAILED).log()
    assert b'\x1b[31;1mThe command "./tools/travis-test.sh" exited with 1.' in log
    assert log.endswith(b"\nDone. Your build exited with 1.\r\n")


def test_a_job_that_errors_stops_after_the_command_that_failed() -> None:
    told = tell("java-2017", Ending.STOPPED)
    log = told.log()
    assert b'The command "mvn install -DskipTests=true' in log[-300:]
    assert log.endswith(b"Your build has been stopped.\r\n")
    assert told.steps == len(END_TAG.findall(log)) == 9


def test_a_canceled_job_breaks_off_within_the_script() -> None:
    told = tell("python-2017", Ending.CANCELED)
    assert told.log().endswith(b"Done: Job Cancelled\r\n")
    assert told.steps == len(END_TAG.findall(told.log())) == 11


def test_the_ids_and_the_boot_time_are_those_of_the_job() -> None:
    log = tell("python-2017").log()
    assert b"\nBuild id: 4711\r\nJob id: 4712\r\n" in log
    assert b"\nstartup: 2.500000s\n" in log


@pytest.mark.parametrize("slug", [*(project.slug for project in PROJECTS), "recorded/logs"])
def test_every_log_parses_to_the_steps_that_the_history_tells(history: History, slug: str) -> None:
    for job in jobs(history, slug):
        parsed = parse([job.log()])
        assert len(parsed.steps) == job.steps
        assert len({tag[:2] for tag in END_TAG.findall(job.log())}) == job.steps


@pytest.mark.parametrize("slug", [project.slug for project in PROJECTS])
def test_every_step_lies_within_its_job(history: History, slug: str) -> None:
    for job in jobs(history, slug):
        assert job.started_at is not None
        assert job.finished_at is not None
        for step in parse([job.log()]).steps:
            assert job.started_at * 10**9 <= step.started_ns <= step.finished_ns <= job.finished_at * 10**9


@pytest.mark.parametrize("slug", [project.slug for project in PROJECTS])
def test_the_log_s_end_fits_the_job_s_state(history: History, slug: str) -> None:
    codes = {"passed": 0, "failed": 1, "errored": 1, "canceled": None}
    for job in jobs(history, slug):
        assert parse([job.log()]).exit.code == codes[job.state]


def test_recorded_logs_are_served_byte_for_byte(history: History) -> None:
    served = [job.log() for job in jobs(history, "recorded/logs")]
    assert served == [recordings.recording(name).content for name in recordings.names()]
