"""Reading a whole project back: every event once, whatever the project's size and Keen.io's mood."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from buildtimetrend.errors import FetchError, PermanentError, TemporaryError
from buildtimetrend.keen.exchange import sender, source
from buildtimetrend.keen.exchange.reading import BuildKey
from buildtimetrend.keen.exchange.sender import KeenClient
from buildtimetrend.keen.exchange.sink import Sink
from buildtimetrend.keen.exchange.source import Source
from buildtimetrend.keen.shape import JOBS, SUBSTAGES, job_event, substage_events
from buildtimetrend.model import Build
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store, reads
from tests.keen.fake import PROJECT, READ_KEY, WRITE_KEY, Answer, Event, FakeKeen, failing, fake_keen
from tests.keen.service import PROJECT as OUR_PROJECT
from tests.keen.service import READ, history, served
from tests.store.examples import at, build, job

pytestmark = pytest.mark.races

ORG = "https://api.travis-ci.org"
SINCE, UNTIL = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 8, 1, tzinfo=UTC)
DAY = 86_400


@pytest.fixture
def keen() -> Iterator[FakeKeen]:
    with fake_keen() as fake:
        yield fake


def fill(keen: FakeKeen, *builds: Build) -> None:
    events: list[tuple[str, Event]] = []
    for each in builds:
        for one in each.jobs:
            events.append((JOBS, job_event(each, one)))
            events += [(SUBSTAGES, event) for event in substage_events(each, one)]
    random.Random(1).shuffle(events)
    for collection, event in events:
        keen.add(collection, event)


def half_a_year() -> list[Build]:
    """Ten builds a week, whose two jobs end up to half a day apart."""
    builds = []
    for number in range(1, 201):
        start = number * DAY * 7 // 10
        jobs = (job(f"{number}1", start, 100), job(f"{number}2", start, 100 + number * 200))
        builds.append(build(str(number), start, 100 + number * 200, attempt=1, jobs=jobs))
    return builds


def read(keen: FakeKeen, **values: object) -> tuple[list[Build], Source]:
    given = {"repo": None, "since": SINCE, "until": UNTIL, "waits": (0.0, 0.0), **values}
    with closing(KeenClient(keen.url, PROJECT, READ_KEY)) as client:
        reading = Source(client, ORG, **given)  # type: ignore[arg-type]
        return [each for window in reading.windows() for each in window.builds], reading


def by_number(builds: list[Build]) -> list[Build]:
    return sorted(builds, key=lambda each: int(each.number))


def test_every_build_comes_once_and_whole(keen: FakeKeen) -> None:
    fill(keen, *half_a_year())
    found, reading = read(keen)
    assert by_number(found) == half_a_year()
    assert reading.skipped == {}


def test_windows_shrink_when_keen_io_refuses_and_grow_where_there_is_little(keen: FakeKeen) -> None:
    crowd = [build(str(number), number * 60, attempt=1) for number in range(1, 301)]
    fill(keen, *crowd, build("301", 140 * DAY, attempt=1))
    keen.most_extracted = 100
    found, _ = read(keen)
    assert [each.number for each in by_number(found)] == [str(number) for number in range(1, 302)]
    assert len(keen.requests) < 250


def test_windows_shrink_when_an_answer_is_larger_than_this_process_holds(
    keen: FakeKeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LARGEST_ANSWER", 100_000)
    fill(keen, *half_a_year())
    assert by_number(read(keen)[0]) == half_a_year()


def test_windows_that_are_all_full_get_no_shorter_than_a_minute_and_come_to_an_end(
    keen: FakeKeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MANY", 3)
    monkeypatch.setattr(source, "FEW", 1)
    crowd = [build(str(number), number * 5, attempt=1) for number in range(1, 201)]  # all of them in minutes
    fill(keen, *crowd)
    found, _ = read(keen, since=at(0), until=at(5000))
    assert by_number(found) == crowd
    assert len(keen.requests) < 2 * 80


@pytest.mark.parametrize("events", [5, {}, [5], [[]], ["event"], [None]])
def test_an_answer_that_is_no_list_of_events_ends_the_reading(keen: FakeKeen, events: object) -> None:
    keen.script = failing(-1, (200, {"result": events}, {}))
    with pytest.raises(PermanentError, match="no list of events"):
        read(keen)


def test_what_is_refused_however_short_the_window_ends_the_reading(keen: FakeKeen) -> None:
    keen.script = failing(-1, (400, {"error_code": "Bad", "message": "No extraction for you."}, {}))
    with pytest.raises(PermanentError, match="No extraction for you"):
        read(keen)


@pytest.mark.parametrize(
    "answer", [(500, b"", {}), (429, {}, {"Retry-After": "0"}), (200, b"{", {}), (200, {}, {})]
)
def test_what_fails_for_now_is_asked_again(keen: FakeKeen, answer: Answer) -> None:
    fill(keen, build(attempt=1))
    keen.script = failing(2, answer)
    assert read(keen)[0] == [build(attempt=1)]


def test_what_fails_for_long_ends_the_reading(keen: FakeKeen) -> None:
    keen.script = failing(-1, (503, b"", {}))
    with pytest.raises(TemporaryError, match="503"):
        read(keen)


def test_a_wrong_key_is_named(keen: FakeKeen) -> None:
    with (
        closing(KeenClient(keen.url, PROJECT, "wrong")) as client,
        pytest.raises(FetchError, match="key is wrong"),
    ):
        list(Source(client, ORG, repo=None, since=SINCE, until=UNTIL).windows())


def test_one_repo_may_be_asked_for(keen: FakeKeen) -> None:
    fill(keen, build("1", attempt=1), build("2", attempt=1, repo="bob/site"))
    assert read(keen, repo="bob/site")[0] == [build("2", attempt=1, repo="bob/site")]


def test_a_job_that_ended_days_later_comes_with_the_whole_build_again(keen: FakeKeen) -> None:
    restarted = build(attempt=1, jobs=(job("11"), job("12", start=20 * DAY)))
    fill(keen, restarted)
    found, _ = read(keen)
    assert found[-1] == restarted
    assert len(found) == 2


def test_a_reading_that_ended_early_goes_on_where_it_was(keen: FakeKeen) -> None:
    fill(keen, *half_a_year())
    found: list[Build] = []
    since, given = SINCE, set[BuildKey]()
    with closing(KeenClient(keen.url, PROJECT, READ_KEY)) as client:
        while since < UNTIL:
            reading = Source(client, ORG, repo=None, since=SINCE, until=UNTIL, start=since, given=given)
            window = next(reading.windows())
            found += window.builds
            since, given = window.resume_at, reading.given
            if window.until == UNTIL:
                break
    latest = {each.number: each for each in found}
    assert by_number(list(latest.values())) == half_a_year()


def test_our_own_protocol_gives_the_builds_that_are_stored(tmp_path: Path) -> None:
    with served(tmp_path) as url, closing(KeenClient(url, OUR_PROJECT, READ)) as client:
        now = datetime.now(UTC)
        reading = Source(client, ORG, repo=None, since=now - timedelta(days=30), until=now)
        found = [each for window in reading.windows() for each in window.builds]
    with closing(open_store(f"duckdb:///{tmp_path}/keen.duckdb")) as store:
        stored = [
            each
            for saved in history()
            for each in reads.whole_builds(store, saved.repo, saved.provider, saved.instance, saved.id)
        ]
    assert len(stored) == 4
    assert by_number(found) == by_number(stored)


def test_what_the_sink_sent_is_read_back_as_it_was_stored(keen: FakeKeen, tmp_path: Path) -> None:
    settings = Settings(keen_api_url=keen.url, keen_project_id=PROJECT, keen_write_key=WRITE_KEY)
    with closing(open_store(f"duckdb:///{tmp_path}/store.duckdb")) as store:
        for each in half_a_year():
            store.save(each, send=True)
        store.execute([]).result()
        sending = Sink(settings, store)
        while sending.send_some():
            pass
        sending.stop()
    assert by_number(read(keen)[0]) == half_a_year()
