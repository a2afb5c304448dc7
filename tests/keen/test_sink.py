"""Keen.io as a sink: everything arrives, whatever Keen.io does, and nothing waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.keen.exchange import batches, sink
from buildtimetrend.keen.exchange.sender import KeenClient
from buildtimetrend.keen.exchange.sink import Sink
from buildtimetrend.keen.shape import event_id
from buildtimetrend.model import Build
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import keen_outbox
from tests.keen.fake import PROJECT, WRITE_KEY, Answer, Event, FakeKeen, failing, fake_keen
from tests.store.engines import EXECUTING, empty
from tests.store.examples import build, job, step
from tests.store.test_remote_lies import dripping

pytestmark = pytest.mark.races

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=EXECUTING)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url, memory_limit="200MB")
    yield store
    store.close()


@pytest.fixture
def keen() -> Iterator[FakeKeen]:
    with fake_keen() as fake:
        yield fake


def settings_for(keen: FakeKeen, **fields: str) -> Settings:
    given = {"keen_api_url": keen.url, "keen_project_id": PROJECT, "keen_write_key": WRITE_KEY, **fields}
    return Settings.of(**given)


@contextmanager
def sending(store: Store, keen: FakeKeen) -> Iterator[Sink]:
    running = Sink(settings_for(keen), store, idle=0.01, first_wait=0.01)
    running.start()
    try:
        yield running
    finally:
        running.stop(timeout=30)


def once(store: Store, keen: FakeKeen, **fields: str) -> Sink:
    """A sink that has sent what there is, in this thread."""
    one = Sink(settings_for(keen, **fields), store)
    try:
        while one.send_some():
            pass
    finally:
        one.stop()
    return one


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def expected(*builds: Build) -> list[str]:
    return sorted(event_id(each, job) for each in builds for job in each.jobs)


def save(store: Store, *builds: Build) -> None:
    writes = [store.save(each, send=True) for each in builds]
    for write in writes:
        write.result()


def test_a_stored_build_is_sent_as_events_of_its_jobs_and_steps(store: Store, keen: FakeKeen) -> None:
    save(store, build())
    done = once(store, keen)
    assert sorted(keen.ids()) == expected(build())
    assert len(set(keen.ids("build_substages"))) == len(keen.ids("build_substages")) == 6
    assert (done.figures.sent, done.figures.refused, keen_outbox.waiting(store)) == (8, 0, 0)
    [first, _] = keen.events["build_jobs"]
    assert first["keen"]["timestamp"] == "2024-03-01T12:01:40+00:00"


def test_many_builds_share_a_request(store: Store, keen: FakeKeen) -> None:
    save(store, *(build(str(number)) for number in range(30)))
    once(store, keen)
    assert len(keen.ids()) == 60
    assert len(keen.requests) == 1


def test_a_build_that_is_stored_again_is_not_sent_again(store: Store, keen: FakeKeen) -> None:
    save(store, build())
    once(store, keen)
    save(store, build(message="fetched anew"))
    once(store, keen)
    assert sorted(keen.ids()) == expected(build())
    assert keen_outbox.waiting(store) == 0


def test_a_new_attempt_is_sent_and_has_ids_of_its_own(store: Store, keen: FakeKeen) -> None:
    save(store, build())
    save(store, build(start=1000))
    once(store, keen)
    assert sorted(keen.ids()) == expected(build(), build(attempt=2))


def test_a_job_that_still_runs_is_sent_when_it_has_ended(store: Store, keen: FakeKeen) -> None:
    running = job("12", result=None, raw_result="started", finished_at=None, steps=())
    save(store, build(jobs=(job("11"), running)))
    once(store, keen)
    assert keen.ids() == expected(build(jobs=(job("11"),)))
    save(store, build(jobs=(job("11"), job("12"))))
    once(store, keen)
    assert sorted(keen.ids()) == expected(build(jobs=(job("11"), job("12"))))


TAKEN = [{"success": True}]


@pytest.mark.parametrize(
    "trouble",
    [
        (500, b"oops", {}),
        (503, {"message": "later", "error_code": "Unavailable"}, {"Retry-After": "0"}),
        (429, {"message": "slowly"}, {"Retry-After": "0"}),
        (200, b"<html>a proxy</html>", {}),
        (200, ["not", "keen"], {}),
        (200, {"build_jobs": "yes"}, {}),
        (302, b"", {"Location": "https://login.example.org"}),
        (302, b"", {"Location": "http://xn--/"}),
        (307, b"", {"Location": "http://[::1"}),
        # Of build(), two jobs with three steps each: what is not confirmed one by one was not sent.
        (200, {}, {}),
        (200, {"build_jobs": TAKEN}, {}),
        (200, {"build_jobs": TAKEN, "build_substages": TAKEN}, {}),
        (200, {"build_jobs": TAKEN * 9, "build_substages": TAKEN * 9}, {}),
        (200, {"build_jobs": [{}, {}], "build_substages": [{}] * 6}, {}),
        (200, {"build_jobs": TAKEN * 2, "build_substages": [{"success": "yes"}] * 6}, {}),
        (200, {"build_jobs": TAKEN * 2, "build_substages": [{"success": False}] * 6}, {}),
        (200, {"build_jobs": TAKEN * 2, "build_substages": [None] * 6}, {}),
        (200, {"build_jobs": {"success": True}, "build_substages": True}, {}),
    ],
)
def test_what_keen_io_cannot_take_now_is_sent_later(store: Store, keen: FakeKeen, trouble: Answer) -> None:
    keen.script = failing(3, trouble)
    save(store, build())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sink, "LONGEST_WAIT", 0.02)
        with sending(store, keen) as running:
            until(lambda: running.figures.sent == 8 and keen_outbox.waiting(store) == 0)
            until(lambda: running.figures.error is None)
    assert sorted(keen.ids()) == expected(build())


def test_a_retry_after_is_waited_for(store: Store, keen: FakeKeen) -> None:
    keen.script = failing(1, (429, {}, {"Retry-After": "600"}))
    save(store, build())
    with structlog.testing.capture_logs() as logs, sending(store, keen) as running:
        until(lambda: running.figures.error is not None)
        assert len(keen.requests) == 1
    assert [entry["next_try_in"] for entry in logs if entry["event"] == "keen.not_sent"] == [600]


def test_an_answer_that_got_lost_leads_to_the_same_ids_again(store: Store, keen: FakeKeen) -> None:
    """Keen.io took the events, and the service does not know it."""
    save(store, build())
    lost = Sink(settings_for(keen), store)
    keen.after = lambda: time.sleep(0.3)
    lost._client = KeenClient(keen.url, PROJECT, WRITE_KEY, timeout=0.1)
    with pytest.raises(TemporaryError, match="in time"):
        lost.send_some()
    keen.after = lambda: None
    once(store, keen)
    assert len(keen.ids()) == 4
    assert sorted(set(keen.ids())) == expected(build())


def test_a_sink_that_has_the_store_alone_waits_for_nobody(store: Store, keen: FakeKeen) -> None:
    """As a start after a kill in the middle of sending."""
    save(store, build())
    now = datetime.now(UTC)
    assert keen_outbox.take(store, now, now + timedelta(minutes=10), 50)
    again = Sink(settings_for(keen), store, idle=0.01, alone=True)
    again.start()
    try:
        until(lambda: keen_outbox.waiting(store) == 0)
    finally:
        again.stop(timeout=30)
    assert sorted(keen.ids()) == expected(build())


def test_single_events_that_are_refused_are_counted_and_said(store: Store, keen: FakeKeen) -> None:
    keen.refuse = lambda collection, event: (
        collection == "build_substages" and event["stage"]["name"] == "step.1"
    )
    save(store, build())
    with structlog.testing.capture_logs() as logs:
        done = once(store, keen)
    assert (done.figures.sent, done.figures.refused, keen_outbox.waiting(store)) == (6, 2, 0)
    refused = [entry for entry in logs if entry["event"] == "keen.event_refused"]
    assert [entry["error"] for entry in refused] == ["InvalidPropertyNameError"] * 2


def test_a_job_that_spoils_its_batch_is_left_out_and_the_others_arrive(store: Store, keen: FakeKeen) -> None:
    def unreadable(_: FakeKeen, document: Event) -> Answer | None:
        spoiled = any(event["job"]["build"] == "7" for event in document["build_jobs"])
        return (400, {"error_code": "InvalidBatchError", "message": "No."}, {}) if spoiled else None

    keen.script = unreadable
    save(store, *(build(str(number)) for number in range(10)))
    done = once(store, keen)
    assert sorted(keen.ids()) == expected(*(build(str(number)) for number in range(10) if number != 7))
    assert (done.figures.refused, keen_outbox.waiting(store)) == (8, 0)


def test_nothing_is_given_up_where_every_job_is_refused(store: Store, keen: FakeKeen) -> None:
    keen.script = failing(-1, (400, {"message": "Which API is this?"}, {}))
    save(store, build("1"), build("2"))
    with pytest.raises(PermanentError, match="Which API"):
        once(store, keen)
    keen.script = lambda _, __: None
    once(store, keen)
    assert sorted(keen.ids()) == expected(build("1"), build("2"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"keen_write_key": "wrong"}, "key is wrong"), ({"keen_project_id": "other"}, "keen.project_id")],
)
def test_wrong_settings_lose_nothing_and_are_named(
    store: Store, keen: FakeKeen, fields: dict[str, str], says: str
) -> None:
    save(store, build())
    with pytest.raises(PermanentError, match=says):
        once(store, keen, **fields)
    once(store, keen)
    assert sorted(keen.ids()) == expected(build())


def test_an_address_that_is_not_there_holds_up_neither_stores_nor_the_end(store: Store) -> None:
    with fake_keen() as gone:
        pass
    with sending(store, gone) as running:
        save(store, build("1"))
        until(lambda: "could not be reached" in (running.figures.error or ""))
        save(store, build("2"))
    assert keen_outbox.waiting(store) == 2


def test_a_keen_io_that_does_not_answer_holds_up_no_save(store: Store, keen: FakeKeen) -> None:
    answering = threading.Event()
    keen.after = lambda: assert_(answering.wait(30))
    with sending(store, keen):
        save(store, build("1"))
        until(lambda: len(keen.requests) == 1)
        save(store, *(build(str(number)) for number in range(2, 20)))
        assert keen_outbox.waiting(store) == 19
        answering.set()
        until(lambda: keen_outbox.waiting(store) == 0)
    assert sorted(keen.ids()) == expected(*(build(str(number)) for number in range(1, 20)))


def assert_(condition: object) -> None:
    assert condition


def test_two_services_on_one_store_send_nothing_twice(store: Store, keen: FakeKeen) -> None:
    with sending(store, keen), sending(store, keen):
        for number in range(0, 100, 10):
            save(store, *(build(str(number + each)) for each in range(10)))
        until(lambda: keen_outbox.waiting(store) == 0)
    assert sorted(keen.ids()) == expected(*(build(str(number)) for number in range(100)))


def test_what_one_sender_took_and_never_sent_is_anothers_later(
    store: Store, keen: FakeKeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(store, build())
    past = datetime.now(UTC) - 2 * sink.TAKEN_FOR
    assert keen_outbox.take(store, datetime.now(UTC), past + sink.TAKEN_FOR, 10)
    once(store, keen)
    assert sorted(keen.ids()) == expected(build())


def test_a_backlog_that_is_too_long_loses_its_oldest_builds_and_says_so(
    store: Store, keen: FakeKeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink, "MOST_WAITING", 3)
    for number in range(5):
        save(store, build(str(number)))
    with structlog.testing.capture_logs() as logs:
        done = once(store, keen)
    assert sorted(keen.ids()) == expected(build("2"), build("3"), build("4"))
    assert done.figures.dropped == 2
    assert [entry["dropped_builds"] for entry in logs if entry["event"] == "keen.backlog_too_long"] == [2]


def test_requests_stay_below_what_keen_io_takes(
    store: Store, keen: FakeKeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 40_000)
    steps = tuple(step(f"step.{n}", n, 1) for n in range(60))
    builds = [build(str(n), jobs=(job(str(n), steps=steps if n == 2 else steps[:3]),)) for n in range(5)]
    save(store, *builds)
    once(store, keen)
    assert all(size <= 40_000 + 100 for _, size in keen.requests)
    assert len(keen.requests) > 4
    assert sorted(keen.ids()) == expected(*builds)
    assert len(set(keen.ids("build_substages"))) == len(keen.ids("build_substages")) == 60 + 4 * 3


def test_an_event_that_is_too_large_is_counted_and_the_rest_is_sent(
    store: Store, keen: FakeKeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_OF_EVENT", 5_000)
    save(store, build(jobs=(job("11", steps=(step("short"), step("long", command="x" * 6_000))),)))
    done = once(store, keen)
    assert [event["stage"]["name"] for event in keen.events["build_substages"]] == ["short"]
    assert (done.figures.refused, keen_outbox.waiting(store)) == (1, 0)


def test_a_build_that_is_no_longer_stored_leaves_the_outbox(store: Store, keen: FakeKeen) -> None:
    save(store, build())
    store.execute([("DELETE FROM build", {})]).result()
    once(store, keen)
    assert (keen.ids(), keen_outbox.waiting(store)) == ([], 0)


@pytest.mark.servers
def test_killed_while_it_sends_everything_arrives(url: str, keen: FakeKeen) -> None:
    """With one id for each event, though those of the request that was under way may come twice."""
    first = open_store(url, memory_limit="200MB")
    builds = [build(str(number)) for number in range(200)]
    save(first, *builds)
    first.close()
    for kill_at in (1, 2, 4):
        killed = threading.Event()
        process = subprocess.Popen([sys.executable, "-m", "tests.keen.sender", url, keen.url], cwd=ROOT)

        def kill(
            process: subprocess.Popen[bytes] = process, killed: threading.Event = killed, at: int = kill_at
        ) -> None:
            if len(keen.requests) >= at and not killed.is_set():
                process.kill()
                process.wait()
                killed.set()

        keen.after = kill
        assert killed.wait(60)
    keen.after = lambda: None
    store = open_store(url, memory_limit="200MB")
    try:
        # What was taken by a process that died is not given back by it.
        store.execute([("UPDATE keen_outbox SET due_at = NULL", {})]).result()
        once(store, keen)
        assert keen_outbox.waiting(store) == 0
        assert sorted(set(keen.ids())) == expected(*builds)
        assert len(keen.ids()) <= 400 + 3 * 2 * sink.TAKEN
    finally:
        store.close()


def test_a_service_that_is_not_told_to_sends_nothing() -> None:
    complete = Settings(keen_project_id="p", keen_write_key="w")
    assert complete.sends_to_keen
    for missing in ({"keen_sink": False}, {"keen_project_id": ""}, {"keen_write_key": ""}):
        assert not replace(complete, **missing).sends_to_keen


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"]
)
def test_an_answer_of_a_byte_at_a_time_holds_the_sender_no_longer_than_any(head: bytes, store: Store) -> None:
    save(store, build())
    with dripping(head) as url:
        slow = Sink(Settings(keen_api_url=url, keen_project_id=PROJECT, keen_write_key=WRITE_KEY), store)
        slow._client = KeenClient(url, PROJECT, WRITE_KEY, timeout=0.5)
        began = time.monotonic()
        with pytest.raises(TemporaryError, match="in time"):
            slow.send_some()
        assert time.monotonic() - began < 10
    assert keen_outbox.waiting(store) == 1
