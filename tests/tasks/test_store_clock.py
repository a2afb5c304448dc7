"""Clocks of machines that share tasks differ: what is due goes by the store's, and a difference is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from buildtimetrend.model import Delivery, Origin
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.clock import Clock
from buildtimetrend.store.remote import wire
from buildtimetrend.tasks import open_tasks
from tests.store.owner import remote
from tests.store.test_remote import answering
from tests.tasks.kinds import FAST, broker_url, store_url
from tests.tasks.providers import SmallCI, eventually, ref
from tests.tasks.worker_process import DISPATCH, HEARTBEAT, lent, start_worker

pytestmark = pytest.mark.races

MINUTES = 300.0
# Seconds in which twenty builds are collected on a busy machine. It took as long as the clocks differed.
SOON = 30


@pytest.mark.parametrize("ahead", [-MINUTES, MINUTES], ids=["behind", "ahead"])
@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_worker_whose_clock_is_wrong_collects_all_the_same_and_says_so(
    kind: str, ahead: float, ci: SmallCI, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    broker, log = broker_url(kind, request), tmp_path / "worker.log"
    with store_url(kind, request, tmp_path) as url, closing(open_store(url)) as store, lent(ci) as address:
        settings = Settings(
            sweep_interval=0,
            workers=2,
            store_url=url,
            task_queue_broker_url=broker,
            loglevel="INFO",
        )
        worker = start_worker(settings, FAST, address, log, ahead=ahead)
        tasks = open_tasks(
            settings, store, {ci.name: ci}, FAST, heartbeat_times=HEARTBEAT, dispatch_times=DISPATCH
        )
        tasks.start()
        try:
            for made in ci.builds.values():
                received = Delivery(made.id, "small", made.repo, datetime.now(UTC), "passed", "{}")
                assert tasks.accept(received, ref(made)).result(60)
            eventually(lambda: store.select("SELECT state FROM task")["state"] == ["done"] * 20, SOON)
            [row] = reads.workers(store, datetime.now(UTC) - timedelta(seconds=30))
            assert abs((row["shown_at"] - row["seen_at"]).total_seconds() - ahead) < 5
            assert log.read_text().count("clock.differs") == 1
            assert worker.stop() == 0
        finally:
            worker.kill()
            tasks.stop(10)


def test_what_a_wrong_clock_makes_is_due_by_the_store_s(
    request: pytest.FixtureRequest, tmp_path: Path, ci: SmallCI
) -> None:
    with store_url("shared", request, tmp_path) as url, closing(open_store(url)) as store:
        store.clock.heard(datetime.now(UTC) - timedelta(seconds=MINUTES), time.monotonic())  # as if
        tasks = open_tasks(Settings(store_url=url, sweep_interval=0), store, {ci.name: ci}, FAST)
        [task] = tasks.schedule([ref(ci.builds["b-alice/app-1"])], Origin.REQUEST).result(60)
        assert abs((datetime.now(UTC) - task.due_at).total_seconds() - MINUTES) < 10


def test_the_store_s_clock_counts_not_this_machine_s() -> None:
    clock = Clock()
    clock.heard(datetime(2026, 1, 1, tzinfo=UTC), time.monotonic())
    assert abs((clock.now() - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()) < 5


def test_a_difference_is_said_once_and_its_end_once() -> None:
    clock = Clock()

    def hear(behind: float) -> None:
        clock.heard(datetime.now(UTC) - timedelta(seconds=behind), time.monotonic())

    with structlog.testing.capture_logs() as logs:
        for behind in (0, 1, 60, 61, 0.5, 0, -60):
            hear(behind)
    said = [(entry["event"], entry.get("this_machine_is_ahead_by_seconds")) for entry in logs]
    assert said == [("clock.differs", 60.0), ("clock.agrees", None), ("clock.differs", -60.0)]


def test_an_answer_that_took_long_says_less_than_the_last_quick_one() -> None:
    clock = Clock()
    clock.heard(datetime.now(UTC), time.monotonic())
    clock.heard(datetime.now(UTC) - timedelta(seconds=8), time.monotonic() - 8)
    assert abs(clock.difference) < 1


@pytest.mark.parametrize(
    ("said", "ahead"),
    [
        (lambda: repr(time.time() - 60), 60),
        (lambda: "soon", 0),
        (lambda: "nan", 0),
        (lambda: "1e300", 0),
        (None, 0),
    ],
)
def test_the_clock_of_an_instance_comes_with_its_answers(
    said: Callable[[], str] | None, ahead: float, tmp_path: Path
) -> None:
    headers = {wire.TIME_HEADER: said()} if said else {}
    answer: tuple[int, dict[str, str], object] = (200, headers, {"columns": {"one": [1]}, "instants": []})
    with answering(answer) as (url, _), closing(remote(tmp_path, url)) as store:
        assert store.select("SELECT 1 AS one") == {"one": [1]}
        assert abs(store.clock.difference - ahead) < 5
