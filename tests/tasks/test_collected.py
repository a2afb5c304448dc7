"""What becomes of a build's jobs on their way into the store: their logs, and what only those know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from buildtimetrend.ingest import Ingest
from buildtimetrend.model import Origin, Task
from buildtimetrend.providers.travis import Limits, Travis
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from tests.providers.answers import CONFIG, v3_build, v3_job
from tests.providers.server import Reply, serving
from tests.providers.test_fetch import BY_ID

pytestmark = pytest.mark.races

LOG = (
    b"travis_fold:start:system_info\r\x1b[0K\x1b[33;1mBuild system information\x1b[0m\r\n"
    b"Build language: go\r\n"
    b"travis_fold:end:system_info\r\x1b[0Ktravis_time:start:0a\r\x1b[0K$ make\r\n"
    b"travis_time:end:0a:start=1500000000000000000,finish=1500000001000000000,duration=1000000000\r\x1b[0K"
)
Stored = Callable[..., dict[str, Any]]


@pytest.fixture
def store(in_file: Store) -> Store:
    return in_file


@pytest.fixture
def stored(store: Store) -> Iterator[Stored]:
    """Collects a build of one job, whose log is LOG; gives the stored row of the job."""
    with serving() as server:
        travis = Travis(Settings.of(travis_api_url=server.url).section("travis"), Limits(read=10))

        def of(log: bytes | None = LOG, **changes: Any) -> dict[str, Any]:
            server.routes["/build/500"] = Reply(v3_build(state="passed", jobs=[v3_job(7, "12.1", **changes)]))
            server.routes["/job/7/log.txt"] = Reply(b"", 404) if log is None else Reply(log)
            now = datetime.now(UTC)
            task = Task("t", BY_ID, Origin.REQUEST, now, now)
            collected = Ingest(Settings(), store).collect(travis, task)
            collected.stored.result(60)
            assert collected.complete
            found = store.select("SELECT job.*, (SELECT count(*) FROM step) AS steps FROM job")
            return {name: values[0] for name, values in found.items()}

        yield of
        travis.close()


def test_a_job_that_ended_and_has_no_start_still_has_its_log_asked_for(stored: Stored) -> None:
    job = stored(started_at=None)
    assert (job["log_state"], job["steps"], job["duration"]) == ("complete", 1, None)


def test_a_job_that_is_finished_has_its_log_read_and_its_task_done(stored: Stored) -> None:
    job = stored(state="finished")
    assert (job["result"], job["raw_result"]) == ("passed", "finished")
    assert (job["log_state"], job["steps"], job["duration"]) == ("complete", 1, 19.0)


@pytest.mark.parametrize(
    ("config", "language"),
    [
        (CONFIG, "python"),
        ({"os": "linux"}, "go"),
        ({"os": "linux", "language": None}, "go"),
        (None, "go"),
    ],
)
def test_the_log_tells_the_language_where_the_configuration_names_none(
    stored: Stored, config: object, language: str
) -> None:
    assert stored(config=config)["language"] == language


def test_without_a_log_such_a_configuration_has_travis_cis_default(stored: Stored) -> None:
    assert stored(log=None, config={"rvm": "2.2", "os": "linux"})["language"] == "ruby"
