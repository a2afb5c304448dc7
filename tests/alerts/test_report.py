"""The report of a week: what it says of each project, and that it is sent once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.report import report
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.model import Result
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.weeks import weeks
from buildtimetrend.store.statements.alerts import Event
from buildtimetrend.store.statements.alerts import told as opened
from buildtimetrend.store.statements.findings import COLUMNS, put
from buildtimetrend.tasks.analyses import Analyses
from buildtimetrend.tasks.notifications import Notifications
from buildtimetrend.waste.spent import Sum
from tests.alerts.pulls import USUAL, build_of
from tests.alerts.sender import settings_for
from tests.findings.history import EVERY, saved
from tests.findings.history import USUAL as OF_HISTORY
from tests.providers.server import Server

RULES = Rules(report="weekly", digest_at="0:00", zone="Europe/Brussels")
UNTIL = RULES.week_ended(datetime.now(UTC))
DAY = timedelta(days=1)


@pytest.fixture
def store(of_any_engine: Store) -> Store:
    return of_any_engine


def nobody(_: str, __: object) -> list[str]:
    return []


def save(store: Store, repo: str, test_before: float, test_now: float) -> None:
    """12 builds in the weeks before, then 12 in the week, of which the last failed."""
    made = []
    for number in range(24):
        began = UNTIL - (20 * DAY if number < 12 else 5 * DAY)
        seconds = {**USUAL, "make test": test_before if number < 12 else test_now}
        build = replace(build_of(number, steps=seconds, began=began), repo=repo, id=f"{repo}-{number}")
        made.append(replace(build, result=Result.FAILED) if number == 23 else build)
    for write in [store.save(each) for each in made]:
        write.result()


def test_each_project_is_told_with_its_weeks_and_what_changed_most_comes_first(
    store: Store, receiver: Server
) -> None:
    save(store, "made/steady", 280, 280)
    save(store, "made/slower", 280, 340)
    settings = settings_for(receiver.url, RULES)
    for _ in range(2):
        running = Notifications(settings, store)
        while running.once():
            pass
        running.stop()
    [asked] = receiver.asked
    told = json.loads(asked.body)["data"]
    assert told["event"] == "report"
    assert told["title"].endswith("24 builds in 2 projects; 1 takes longer than before")
    slower, steady = told["parts"]
    assert slower["repo"] == "made/slower"
    assert slower["title"].startswith("6 m 2")
    assert " a build, +" in slower["title"]
    assert "against the four weeks before (5 m 2" in slower["title"]
    assert slower["text"][0].startswith("11 of 12 builds passed. Jobs waited 30 s for a worker (median). ")
    assert steady["title"].endswith(" a build, as in the four weeks before")
    assert (slower["week"]["builds"], slower["week"]["passed"]) == (12, 11)


@pytest.fixture(scope="module", params=[0, 110], ids=["still grows", "grows no more"])
def grown(request: pytest.FixtureRequest) -> Iterator[tuple[Store, int]]:
    """A store of a project whose tests took longer with each of 200 builds, and then so many at one level;
    the last of them ended in the week."""
    flat: int = request.param

    def grows(number: int, job: str) -> float:
        return 120 * (1 + 0.3 * min(number, 200) / 200)

    with closing(open_store("duckdb://:memory:", memory_limit="200MB")) as store:
        began = UNTIL - DAY - (200 + flat) * EVERY
        saved(store, "made/grows", {**OF_HISTORY, "pytest": grows}, builds=200 + flat, begun=began)
        Analyses(store, nobody).once()
        yield store, flat


def said_of(store: Store, receiver: Server) -> str:
    running = Notifications(settings_for(receiver.url, RULES), store)
    while running.once():
        pass
    running.stop()
    [part] = json.loads(receiver.asked[-1].body)["data"]["parts"]
    return str(part["text"][0])


def test_what_grows_little_by_little_is_told_in_each_week_in_which_it_grows(
    grown: tuple[Store, int], receiver: Server
) -> None:
    store, flat = grown
    [week] = weeks(store, UNTIL - 35 * DAY, UNTIL - 7 * DAY, UNTIL)
    [finding] = week["slower"]
    assert (finding["gradual"], finding["over_since"]) == (True, None)
    assert (
        datetime.fromisoformat(finding["since"]["started_at"]) < UNTIL - 7 * DAY
    )  # it began before the week
    said = said_of(store, receiver)
    assert ("pytest takes " in said) == ("It still grew in that week." in said) == (flat == 0)
    assert "#" not in said


@pytest.mark.parametrize("state", ["acknowledged", "muted", "wont_fix"])
def test_of_what_is_muted_or_accepted_a_report_tells_nothing(state: str) -> None:
    """Of what takes longer, and of jobs that are flaky."""
    with closing(open_store("duckdb://:memory:", memory_limit="200MB")) as store:
        save(store, "made/one", 280, 280)
        [week] = weeks(store, UNTIL - 35 * DAY, UNTIL - 7 * DAY, UNTIL)
        repo_id = week["repo_id"]
        for what in ("step", "flaky"):
            document = json.dumps({"sentence": what, "gradual": True})
            row = dict.fromkeys(COLUMNS) | {"id": what, "repo_id": repo_id, "pipeline": 1, "branches": "all"}
            row |= {"what": what, "thing": "", "seconds": 1.0, "document": document, "known": "[]"}
            row |= dict.fromkeys(("since_at", "first_at", "last_at", "found_at", "seen_at"), UNTIL - DAY)
            store.execute([put(row), *opened(Event(what, repo_id, 1, "opened", state, UNTIL))]).result()
        [week] = weeks(store, UNTIL - 35 * DAY, UNTIL - 7 * DAY, UNTIL)
    told = state == "acknowledged"
    assert week["flaky"] == ["flaky"] * told
    assert [each["sentence"] for each in week["grew"]] == ["flaky", "step"] * told


def told_of(**changed: object) -> Message:
    week = {
        "repo_id": 1,
        "repo": "o/r",
        "builds": 12,
        "passed": 12,
        "passed_before": 40,
        "duration": 400.0,
        "low": 395.0,
        "high": 405.0,
        "duration_before": 300.0,
        "low_before": 290.0,
        "high_before": 310.0,
        "queue_time": None,
        "worker_time": None,
        "open": 0,
        "flaky": [],
        "several": [],
        "grew": [],
        "spent": Sum(0, 0.0, 0.0, {}, None, None, 0.0),
        "currency": "",
    }
    return report([week | changed], channel="c", until=datetime(2026, 11, 2, tzinfo=UTC), base="https://t")


def test_what_may_be_chance_or_is_of_too_few_builds_is_no_change() -> None:
    assert told_of().parts[0].title == "6 m 40 s a build, +33 % against the four weeks before (5 m)"
    noisy = told_of(low=200.0, high=600.0)
    assert (noisy.tone, noisy.parts[0].title) == ("neutral", "6 m 40 s a build, as in the four weeks before")
    few = told_of(passed=9)
    assert few.parts[0].title == "6 m 40 s a build; too few to compare with the four weeks before"
    assert few.title == "Week of 26 Oct to 1 Nov 2026: 12 builds in 1 project"
    none = told_of(passed=0, duration=None, low=None, high=None)
    assert none.parts[0].title == "no build passed"


def test_what_came_to_nothing_what_it_cost_and_what_is_flaky_is_said() -> None:
    spent = Sum(9, 7200.0, 720.0, {"failed": 420.0, "repeated": 300.0}, 1.5, 0.25, 0.0)
    flaky = "Job a is flaky: it fails in 6 of 12 builds."
    several = "Jobs on trusty take 40 % longer in two projects."
    grew = "pytest takes 9 s longer little by little since about 3 Mar 2026. It still grew in that week."
    told = told_of(spent=spent, currency="EUR", flaky=[flaky], several=[several], grew=[grew])
    part = told.parts[0]
    assert part.lines[0].endswith(
        "12 m of 2 h of worker time came to nothing (10 %), most of it in failed jobs (7 m). That cost "
        f"0.25 EUR of 1.50 EUR. {several} {grew} {flaky}"
    )
    assert (part.data["wasted"], part.data["cost"], part.data["wasted_cost"]) == (720.0, 1.5, 0.25)


def test_the_week_is_named_by_its_days() -> None:
    assert (
        told_of().title == "Week of 26 Oct to 1 Nov 2026: 12 builds in 1 project; 1 takes longer than before"
    )
    assert told_of().url == "https://t/dashboard"


def test_a_week_without_builds_sends_nothing(receiver: Server) -> None:
    store = open_store("duckdb://:memory:", memory_limit="200MB")
    running = Notifications(settings_for(receiver.url, RULES), store)
    assert running.once()
    assert not running.once()
    running.stop()
    assert weeks(store, UNTIL - 35 * DAY, UNTIL - 7 * DAY, UNTIL) == []
    store.close()
    assert not receiver.asked


def test_reports_are_due_on_mondays_at_the_time_of_digests() -> None:
    assert UNTIL <= datetime.now(UTC) < UNTIL + 7 * DAY
    assert RULES.local(UNTIL).weekday() == 0
    assert RULES.local(UNTIL).hour == 0
    assert RULES.week_ended(UNTIL) == UNTIL
    before = RULES.local(RULES.week_ended(UNTIL - timedelta(seconds=1)))
    assert (before.weekday(), before.hour) == (0, 0)
    assert before.date() == RULES.local(UNTIL).date() - 7 * DAY
