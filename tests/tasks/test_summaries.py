from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks import Summaries
from tests.charts import sample

pytestmark = pytest.mark.races


def test_a_run_sums_up_what_changed_and_drops_steps_as_the_settings_say() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        sample.fill(store)
        passed = datetime.now(UTC) - sample.SINCE
        kept = Summaries(Settings(store_keep_steps_days=(passed + timedelta(days=300)).days), store)
        assert kept.once() > 10
        assert kept.once() == 0
        assert store.select("SELECT count(*) AS rows FROM step_week")["rows"][0]
        steps = store.select("SELECT count(*) AS rows FROM step")["rows"]
        dropping = Summaries(Settings(store_keep_steps_days=(passed - timedelta(days=10)).days), store)
        assert dropping.once() > 0
        assert dropping.once() == 0
        assert store.select("SELECT count(*) AS rows FROM step")["rows"] < steps


def test_it_stops_between_two_transactions() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        sample.fill(store)
        summaries = Summaries(Settings(), store)
        summaries.start()
        summaries.stop()
        assert summaries.once() == 0
        assert store.select("SELECT count(*) AS rows FROM changed_day")["rows"][0]
