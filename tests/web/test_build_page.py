"""The page of one build."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from buildtimetrend.model import NEVER, Build, Exit, Job, LogState, Matrix, Result, Step
from buildtimetrend.text import together
from tests.web.conftest import INSTANCE, NOW, Service, a_build
from tests.web.test_pages import Tags, assert_harmless

PAGE = "/build/travis/owner/name"
CI = "https://travis-ci.com/owner/name"


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def land_history(service: Service) -> None:
    """Ten builds of 100 s, then one of 131 s: the eleventh."""
    for number in range(1, 11):
        service.tasks.land(a_build(number, ago=timedelta(hours=30 - number)))
    service.tasks.land(a_build(11, seconds=131.0, ago=timedelta(hours=2), url=f"{CI}/builds/1011"))


def test_a_build_is_held_against_the_median_of_those_before(service: Service) -> None:
    land_history(service)
    page = text_of(service.get(f"{PAGE}/11").text)
    assert "2 m 11 s" in page
    assert "wall time 2 m 11 s 1 m 40 s ▲ +31 s" in page
    assert "Usual: the 10 passed builds before 1 m 40 s" in page
    first = text_of(service.get(f"{PAGE}/1").text)
    assert "No usual yet: 0 passed builds so far, 10 are needed." in first


def test_a_step_is_held_against_its_own_median(service: Service) -> None:
    land_history(service)
    slow = a_build(12, ago=timedelta(hours=1))
    job = slow.jobs[0]
    steps = (job.steps[0]._replace(finished_ns=job.steps[0].started_ns + 48 * 10**9), *job.steps[1:])
    service.tasks.land(replace(slow, jobs=(replace(job, steps=steps), *slow.jobs[1:])))
    answer = service.get("/api/v1/projects/owner/name/builds/travis/12").json()["attempts"][0]
    step = answer["jobs"][0]["steps"][0]
    assert (step["usual"], step["difference"]) == (10, 38)
    assert answer["build"]["compared_builds"] == 11


def test_it_leads_to_its_neighbours_to_the_comparison_and_to_the_ci(service: Service) -> None:
    land_history(service)
    links = Tags(service.get(f"{PAGE}/11").text).links
    compared = "/compare/owner/name?by=build&b=11"
    assert {f"{PAGE}/10", f"{CI}/builds/1011", f"{CI}/jobs/111", compared} <= links
    assert f"{PAGE}/11" in Tags(service.get(f"{PAGE}/10").text).links


def test_the_comparison_is_called_by_the_build_that_it_is_with(service: Service) -> None:
    for number, branch in enumerate(("topic", "master", "topic", None), 1):
        service.tasks.land(a_build(number, branch=branch, ago=timedelta(hours=9 - number)))
    page = service.get(f"{PAGE}/3").text
    assert 'title="The build before it on topic">Compare with 1</a>' in page
    assert "← 2" in page
    compared = service.get("/api/v1/projects/owner/name/compare?by=build&b=3").json()
    assert compared["a"]["name"] == "1"
    for first in (1, 2, 4):
        assert "Compare with" not in service.get(f"{PAGE}/{first}").text


def test_a_build_that_was_restarted_stands_between_its_numbers(service: Service) -> None:
    for number, hours in ((1, 9), (2, 3), (3, 7), (4, 5)):
        service.tasks.land(a_build(number, ago=timedelta(hours=hours)))
    page = service.get(f"{PAGE}/2").text
    assert "← 1</a>" in page
    assert "3 →</a>" in page
    assert ">Compare with 4, which ended before</a>" in page
    assert ">Compare with 3</a>" in service.get(f"{PAGE}/4").text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)//builds/1", "//evil.example/builds/1", "ftp://x/builds/1"]
)
def test_only_addresses_of_the_web_are_links(service: Service, url: str) -> None:
    service.tasks.land(a_build(1, url=url))
    page = service.get(f"{PAGE}/1").text
    assert_harmless(page)
    assert "At the CI" not in page


def test_attempts_are_side_by_side_and_one_is_shown(service: Service) -> None:
    service.tasks.land(a_build(1, result=Result.FAILED, ago=timedelta(hours=5)))
    service.tasks.land(a_build(1, attempt=2, seconds=50.0, ago=timedelta(hours=2)))
    last, first = (text_of(service.get(f"{PAGE}/1{query}").text) for query in ("", "?attempt=1"))
    assert re.search(r"Attempt 1 failed in 1 m 40 s .* Attempt 2 \(shown below\) passed in 50 s ", last)
    assert re.search(r"Attempt 1 \(shown below\) failed .* Attempt 2 passed in 50 s ", first)
    assert "On the same commit 2 jobs had another result than before: 1.1, 1.2." in last
    assert "until the result and 1 m 40 s of worker time." in last
    wrong = service.get(f"{PAGE}/1?attempt=<b>9").text
    assert_harmless(wrong)
    assert "The last one is shown instead." in wrong


def test_the_critical_path_is_marked_in_words(service: Service) -> None:
    build = a_build(1)
    early, late = build.jobs
    queued, started = NOW - timedelta(minutes=10), NOW - timedelta(minutes=9)
    late = replace(late, queued_at=queued, started_at=started, finished_at=NOW, steps=())
    service.tasks.land(replace(build, finished_at=NOW, jobs=(early, late)))
    jobs = service.get("/api/v1/projects/owner/name/builds/travis/1").json()["attempts"][0]["jobs"]
    assert [job["critical"] for job in jobs] == [True, True]
    assert service.get(f"{PAGE}/1").text.count("◆ on it") == 2


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (
            Exit("timeout", None, "make test", "script", "The job exceeded the maximum time limit"),
            "timeout (the CI's time limit was exceeded) while running make test , phase script. "
            "The log says: The job exceeded the maximum time limit",
        ),
        (Exit("canceled", None, "make test", "script"), "canceled while running make test , phase script."),
        (Exit("stalled", None, None, "install"), "stalled (no output for too long), phase install."),
        (Exit(None, None, "make", "script"), "the log just stops while running make , phase script."),
        (Exit("done", 101, "cargo test", "script"), "exit code 101 in cargo test , phase script."),
        (Exit("done", 1), "exit code 1."),
        (
            Exit("failed", 127, "npm ci", "install"),
            "failed (a command before the script), exit code 127 in npm ci , phase install.",
        ),
        (
            Exit("clone_failed", None, "git clone x", "checkout"),
            "clone failed (the repository could not be cloned) while running git clone x , phase checkout.",
        ),
        (Exit("a word of another CI", None, None, None), "a word of another CI."),
    ],
)
def test_the_page_says_how_a_job_ended_in_which_command_and_phase(
    service: Service, ended: Exit, words: str
) -> None:
    build = a_build(1, result=Result.ERRORED)
    job = replace(build.jobs[0], exit=ended, log=LogState.CUT)
    service.tasks.land(replace(build, jobs=(job,)))
    page = text_of(service.get(f"{PAGE}/1").text).replace("&#39;", "'")
    assert f"How it ended: {words}" in page
    assert "Its log is cut" in page


def test_steps_that_the_ci_has_lack_no_log_and_lead_there(service: Service) -> None:
    """The second did not run."""
    build = replace(a_build(1), provider="github", instance="https://api.github.com")
    [first, second] = build.jobs[0].steps
    steps = (first._replace(number=3), second._replace(number=4, started_ns=NEVER, finished_ns=NEVER))
    page = "https://github.com/owner/name/actions/runs/1/job/2"
    job = replace(build.jobs[0], log=LogState.UNNEEDED, url=page, steps=steps)
    service.tasks.land(replace(build, jobs=(job,)))
    shown = service.get("/build/github/owner/name/1").text
    assert "Its log is" not in text_of(shown)
    assert {link for link in Tags(shown).links if "#step" in link} == {f"{page}#step:3:1"}


@pytest.mark.parametrize("ended", [Exit(), Exit("done", 0, message="Done. Your build exited with 0.")])
def test_a_job_that_ended_as_it_should_needs_no_words(service: Service, ended: Exit) -> None:
    build = a_build(1)
    service.tasks.land(replace(build, jobs=(replace(build.jobs[0], exit=ended),)))
    assert "How it ended" not in service.get(f"{PAGE}/1").text


def test_bars_say_what_their_labels_name_and_together_the_whole_job(service: Service) -> None:
    build = a_build(1, seconds=100.0)
    job = build.jobs[0]
    first, second = job.steps
    gap = 3 * 10**9
    again = second._replace(
        name="again", started_ns=second.finished_ns + gap, finished_ns=second.finished_ns + 2 * gap
    )
    bare = replace(build.jobs[1], steps=())
    service.tasks.land(replace(build, jobs=(replace(job, steps=(first, second, again)), bare)))
    page = service.get(f"{PAGE}/1").text
    # 100 s less 10 s of install and 13 s of script, the gap between whose steps is outside of them.
    for said in ("outside of steps: 1 m 17 s", "other steps: 13 s", "run install: 10 s", "running: 1 m 40 s"):
        assert f"<title>{together(said)}</title>" in page, re.findall("<title>.*?</title>", page)


def test_builds_that_lack_much_have_a_page(service: Service) -> None:
    bare = Build("travis", INSTANCE, "owner/name", "5", "5", Result.ERRORED, "errored")
    unstarted = Job(id="1", number=None, result=None, raw_result="created", matrix=Matrix("", {}))
    running = replace(
        unstarted, id="2", raw_result="started", queued_at=NOW - timedelta(minutes=3), started_at=NOW
    )
    service.tasks.land(bare)
    service.tasks.land(replace(bare, id="6", number="6", result=None, jobs=(unstarted, running)))
    service.tasks.land(replace(bare, id="7", number="7", jobs=(unstarted,)))
    for number in "567":
        answer = service.get(f"{PAGE}/{number}")
        assert answer.status_code == 200
        assert_harmless(answer.text)
    assert "No jobs of this build are known." in service.get(f"{PAGE}/5").text


def test_a_hundred_jobs_are_all_there(service: Service) -> None:
    build = a_build(1)
    jobs = tuple(replace(build.jobs[0], id=f"1{n}", number=f"1.{n}") for n in range(100))
    service.tasks.land(replace(build, jobs=jobs))
    assert service.get(f"{PAGE}/1").text.count('<details class="job') == 100


@pytest.mark.parametrize(
    "url", ["https://[bad/builds/1", "http://[::1/x", "javascript:alert(1)", "//x/builds/1"]
)
def test_an_address_that_is_none_becomes_no_link(service: Service, url: str) -> None:
    service.tasks.land(a_build(1, url=url))
    for path in ("/build/travis/owner/name/1", "/dashboard/owner/name"):
        answer = service.get(path)
        assert answer.status_code == 200
        assert f'href="{url}' not in answer.text


@pytest.mark.parametrize("seconds", [1e12, -1e6, math.inf, math.nan])
def test_a_boot_time_that_cannot_be_is_drawn_within_the_queue(service: Service, seconds: float) -> None:
    build = a_build(1)
    jobs = tuple(replace(job, worker=replace(job.worker, boot_time=seconds)) for job in build.jobs)
    service.tasks.land(replace(build, jobs=jobs))
    assert service.get("/build/travis/owner/name/1").status_code == 200


def test_jobs_of_another_instance_are_not_this_builds(service: Service) -> None:
    build = a_build(1)
    service.tasks.land(build)
    service.tasks.land(replace(build, instance="https://api.example.org"))
    attempts = service.get("/api/v1/projects/owner/name/builds/travis/1").json()["attempts"]
    assert [len(attempt["jobs"]) for attempt in attempts] == [2, 2]
    assert [{job["instance"] for job in attempt["jobs"]} for attempt in attempts] == [
        {attempt["build"]["instance"]} for attempt in attempts
    ]


def test_a_step_that_did_not_run_is_listed_without_times(service: Service) -> None:
    ran = Step("build", "", None, 0, 0)
    skipped = Step("upload", "", None, NEVER, NEVER, 0, Result.SKIPPED, 2)
    started = NOW - timedelta(minutes=10)
    begin = int(started.timestamp()) * 10**9
    ran = ran._replace(started_ns=begin, finished_ns=begin + 60 * 10**9, result=Result.FAILED, number=1)
    job = Job(
        "j",
        None,
        Result.FAILED,
        "failure",
        name="test",
        started_at=started,
        finished_at=NOW,
        steps=(ran, skipped),
    )
    build = Build(
        "github", "https://api.github.com", "ann/skips", "1", "1", Result.FAILED, "failure",
        started_at=started, finished_at=NOW, jobs=(job,),
    )  # fmt: skip
    service.tasks.land(build)
    shown = service.get("/build/github/ann/skips/1").text
    assert "did not run" in shown
    assert shown.count('<bdi class="called">') == 2
    [listed] = service.get("/api/v1/projects/ann/skips/builds/github/1").json()["attempts"][0]["jobs"]
    assert [(step["number"], step["result"], step["duration"]) for step in listed["steps"]] == [
        (1, "failed", 60.0), (2, "skipped", None)
    ]  # fmt: skip


def test_the_critical_path_follows_what_jobs_need(service: Service) -> None:
    """Lint ends just before the test begins, which waited for the build alone."""
    started = NOW - timedelta(minutes=30)

    def job(name: str, begin: int, end: int, needs: tuple[str, ...]) -> Job:
        times = (started + timedelta(minutes=minutes) for minutes in (begin, end))
        return Job(
            name,
            None,
            Result.PASSED,
            "success",
            name=name,
            needs=needs,
            started_at=next(times),
            finished_at=next(times),
        )

    jobs = (job("build", 0, 5, ()), job("lint", 0, 9, ()), job("test", 10, 20, ("build",)))
    service.tasks.land(
        Build(
            "github", "https://api.github.com", "ann/needs", "1", "1", Result.PASSED, "success",
            started_at=started, finished_at=started + timedelta(minutes=20), jobs=jobs,
        )
    )  # fmt: skip
    [attempt] = service.get("/api/v1/projects/ann/needs/builds/github/1").json()["attempts"]
    assert [each["name"] for each in attempt["jobs"] if each["critical"]] == ["build", "test"]
    assert [each["needs"] for each in attempt["jobs"]] == [[], [], ["build"]]


def test_this_build_and_a_usual_one_lie_on_one_axis(service: Service) -> None:
    land_history(service)
    page = service.get(f"{PAGE}/11").text
    drawn = re.findall(r'<svg class="stretches".*?</svg>', page, re.DOTALL)
    ends = [
        max(float(x) + float(width) for x, width in re.findall(r'x="([\d.]+)%" width="([\d.]+)%"', svg))
        for svg in drawn
    ]
    assert ends == pytest.approx([100.0, 100.0 * 100 / 131], abs=0.01)


def test_steps_under_a_second_and_such_that_did_not_run_are_folded(service: Service) -> None:
    build = a_build(1)
    job = build.jobs[0]
    first, second = job.steps
    quick = second._replace(name="quick", command="run quick", finished_ns=second.started_ns + 10**8)
    skipped = Step("upload", "", None, NEVER, NEVER, 0, Result.SKIPPED, 2)
    service.tasks.land(replace(build, jobs=(replace(job, steps=(first, second, quick, skipped)),)))
    page = service.get(f"{PAGE}/1").text
    folded = page.split('<details class="quick">')[1].split("</details>")[0]
    assert "2 steps under 1 s or not run" in text_of(folded)
    assert "quick" in folded
    assert "install" not in folded


def test_the_step_that_failed_is_told_with_its_exit_and_time(service: Service) -> None:
    build = a_build(1, result=Result.FAILED)
    job = replace(build.jobs[0], exit=Exit("done", 2, "run script", "script"), allow_failure=True)
    service.tasks.land(replace(build, jobs=(job, build.jobs[1])))
    page = service.get(f"{PAGE}/1").text
    summary = text_of(page.split('<summary class="lane"')[1].split("</summary>")[0])
    assert "allowed to fail" in summary
    assert summary.endswith("run script exited with 2 after 10 s")
    assert page.count('class="bar-longest failed"') + page.count('class="bar-other failed"') == 2
    assert "not compared" in summary


@pytest.mark.parametrize(
    ("result", "allowed", "opened"),
    [(Result.FAILED, False, ["1.2"]), (Result.FAILED, True, ["1.1"]), (Result.PASSED, False, ["1.1"])],
)
def test_the_job_that_failed_the_build_is_open_else_that_which_it_waited_for(
    service: Service, result: Result, allowed: bool, opened: list[str]
) -> None:
    build = a_build(1)
    late, early = build.jobs
    assert late.started_at
    assert late.finished_at
    early = replace(
        early,
        result=result,
        allow_failure=allowed,
        queued_at=late.queued_at,
        started_at=late.started_at,
        finished_at=late.finished_at - timedelta(seconds=40),
        steps=(),
    )
    service.tasks.land(replace(build, jobs=(late, early)))
    page = service.get(f"{PAGE}/1").text
    assert re.findall(r'<details class="job[^>]* open>.*?<strong>([^<]+)</strong>', page, re.S) == opened


def test_a_job_that_failed_and_passed_at_the_next_attempt_is_flaky(service: Service) -> None:
    first = a_build(1, result=Result.FAILED, ago=timedelta(hours=5))
    broken = replace(first.jobs[0], exit=Exit("done", 1, "run script", "script"))
    passed = replace(first.jobs[1], result=Result.PASSED, raw_result="passed")
    service.tasks.land(replace(first, jobs=(broken, passed)))
    service.tasks.land(a_build(1, attempt=2, seconds=50.0, ago=timedelta(hours=2)))
    page = text_of(service.get(f"{PAGE}/1").text)
    assert (
        "Job 1.1 failed first and passed at the next attempt on the same commit, so it is flaky: run script "
        "exited with 1 after 10 s. Trying again took 2 h 59 m until the result and 1 m 40 s of worker time."
    ) in page


def test_what_an_earlier_attempt_ran_does_not_stretch_the_axis(service: Service) -> None:
    first = a_build(1, result=Result.FAILED, ago=timedelta(hours=5))
    again = a_build(1, attempt=2, seconds=50.0, ago=timedelta(hours=2))
    service.tasks.land(first)
    service.tasks.land(replace(again, jobs=(first.jobs[0], again.jobs[1])))
    ticks = re.findall(r"<text[^>]*>([^<]*)</text>", service.get(f"{PAGE}/1").text)
    assert together("1 h") not in ticks
    assert ticks[0] == together("0 s")
