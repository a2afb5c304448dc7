"""The parts of a build add up to its wall time, in a table and on its page."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.critical_path.timings import timed
from buildtimetrend.enough import SIDE
from buildtimetrend.model import Build
from buildtimetrend.store.reads import Usual
from buildtimetrend.web.analysis.explained.table import table_lines
from buildtimetrend.web.analysis.explained.verdict import verdict
from tests.web.conftest import Service
from tests.web.explained_builds import (
    Planned,
    a_build,
    explained,
    rows_of,
    sentence,
    usual_builds,
    with_first,
)

PLANNED = st.builds(
    Planned,
    name=st.sampled_from(["one", "two", "three"]),
    waits=st.integers(0, 600).map(float),
    boots=st.none() | st.integers(0, 60).map(float),
    steps=st.lists(
        st.tuples(st.sampled_from(["install", "test", "lint"]), st.integers(0, 300).map(float)), max_size=4
    ).map(tuple),
    outside=st.integers(0, 20).map(float),
    queued=st.none() | st.integers(0, 300).map(float),
    stage=st.sampled_from([None, "test", "deploy"]),
    allow_failure=st.booleans(),
)


def usual_of(builds: list[Build]) -> Usual:
    jobs = [job for build in builds for job in build.jobs]
    durations, steps = defaultdict(list), defaultdict(list)
    for job in jobs:
        durations[job.matrix.summary, job.name].append(job.duration or 0.0)
        for step in job.steps:
            steps[job.matrix.summary, job.name, step.name].append(step.duration)
    return Usual(
        builds=len(builds),
        duration=median(build.duration or 0.0 for build in builds),
        jobs={name: median(found) for name, found in durations.items() if len(found) >= SIDE},
        steps={name: median(found) for name, found in steps.items() if len(found) >= SIDE},
        passed_jobs=[row for build in builds for row in rows_of(build)[1]],
    )


@given(
    before=st.lists(st.lists(PLANNED, min_size=1, max_size=3), min_size=10, max_size=12),
    now=st.lists(PLANNED, min_size=1, max_size=4),
)
def test_the_parts_add_up_to_the_difference_in_wall_time(
    before: list[list[Planned]], now: list[Planned]
) -> None:
    usual = usual_of([a_build(number, *planned) for number, planned in enumerate(before, 1)])
    build, jobs = rows_of(a_build(50, *now))
    times = timed(build, jobs)
    assert times is not None
    assert usual.duration is not None
    found = verdict(build, jobs, times, usual)
    assert sum(part.seconds for part in found.parts) == pytest.approx(times.wall, abs=1e-6)
    assert sum(part.usual for part in found.parts) == pytest.approx(usual.duration, abs=1e-6)
    difference = times.wall - usual.duration
    assert sum(part.difference for part in found.parts) == pytest.approx(difference, abs=1e-6)
    assert all(part.seconds >= 0 and part.usual >= -1e-9 for part in found.parts if part.kind != "between")
    assert len(found.causes) <= 3
    if found.causes:
        assert found.causes[0].difference * difference > 0
        assert 0.49 < sum(cause.difference for cause in found.causes) / difference < 1.51
    waiting, booting = found.parts[:2]
    for cause in found.causes:
        if cause.kind == "waiting":
            shown = waiting.difference + (booting.difference if cause.booted else 0.0)
            assert shown * cause.difference > 0
    assert found.sentence.endswith(".")


def a_part(kind: str, seconds: float, usual: float, step: str | None = None) -> dict[str, Any]:
    of = {"kind": kind, "step": step, "seconds": seconds, "usual": usual, "booted": False}
    return of | {"difference": seconds - usual}


def test_lines_have_no_colours_where_the_build_took_as_long_as_usual() -> None:
    parts = [a_part("waiting", 8.0, 40.0), a_part("step", 374.0, 334.0, "make"), a_part("other", 60.0, 80.0)]
    assert [row["said"] for row in table_lines(parts)] == [False, False, False]
    parts[0] = a_part("waiting", 140.0, 40.0)
    assert [row["said"] for row in table_lines(parts)] == [True, True, False]


def test_a_line_of_less_than_a_quarter_of_the_difference_has_no_colour() -> None:
    parts = [a_part("booting", 4.0, 1.0), a_part("step", 72.0, 60.0, "make"), a_part("other", 60.0, 60.0)]
    assert [row["said"] for row in table_lines(parts)] == [False, True, False]


def test_the_lines_of_the_page_add_up_and_colour_what_matters() -> None:
    parts = [
        a_part("waiting", 100.0, 40.0),
        a_part("booting", 0.4, 0.2),
        a_part("step", 60.0, 61.0, "make"),
        a_part("other", 9.0, 5.0),
        a_part("again", 0.0, 0.0),
        a_part("between", 0.0, 20.0),
    ]
    rows = table_lines(parts)
    for name in ("seconds", "usual", "difference"):
        assert sum(row[name] for row in rows) == pytest.approx(sum(part[name] for part in parts))
    assert [row["label"] for row in rows] == [
        "waiting for a worker",
        "make",
        "other steps",
        "nothing known to wait or run",
    ]
    assert [row["said"] for row in rows] == [True, False, False, True]


def test_the_page_says_why_and_its_lines_add_up(service: Service) -> None:
    explained(service, usual_builds(), a_build(50, *with_first(waits=300.0)))
    page = service.get("/build/travis/owner/name/50").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "4 m 36 s longer than usual, because job 50.1 waited 4 m 56 s for a worker (usually 20 s)." in text
    said = "waiting for a worker 4 m 46 s 10 s ▲ +4 m 36 s"
    assert said in text
    # The job's own wait is the one of the sentence wherever it is shown; booting is apart.
    assert "Waited 4 m 56 s for a worker, which booted for 4.0 s." in text
    assert "UTC 4 m 56 s 4.0 s 1 m 36 s" in text
    assert "the first job: of the 4 m 56 s that job 50.1 waited, 10 s were before that." in text
    assert re.search(r"wall time 6 m 26 s 1 m 50 s ▲ \+4 m 36 s", text)


@pytest.mark.parametrize(("slower", "says"), [("one", True), ("two", False)])
def test_where_sentence_and_table_have_two_usual_times_of_a_step_that_is_said(
    service: Service, slower: str, says: bool
) -> None:
    """Usually the second job ends last, in which the step takes 70 s; in the first one it takes 60."""
    usual = Planned("one", steps=(("test", 60.0),)), Planned("two", steps=(("test", 70.0),))
    now = [replace(job, steps=(("test", 150.0),)) if job.name == slower else job for job in usual]
    found = explained(service, usual_builds(12, *usual), a_build(50, *now))
    number = "50.1" if slower == "one" else "50.2"
    assert f"because `test` in job {number} took" in sentence(found)
    page = service.get("/build/travis/owner/name/50").text
    assert (f"The sentence holds job {number} against its own runs" in page) is says
