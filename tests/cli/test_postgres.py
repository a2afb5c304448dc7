"""Commands for a store that is a PostgreSQL database."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from buildtimetrend import bootstrap
from buildtimetrend.demo.server import SimulatedTravis
from buildtimetrend.settings import Settings
from buildtimetrend.store import place
from tests.cli.conftest import Run
from tests.servers import postgres

SLUG = "simulated/classroom"


@pytest.fixture
def url(postgres_server: postgres.Postgres) -> Iterator[str]:
    with postgres.schema(postgres_server.url) as url:
        yield url


def test_import_and_export_work_with_and_without_a_service_that_runs(
    run: Run, url: str, travis: SimulatedTravis
) -> None:
    environment = {"BTT_STORE_URL": url, "BTT_TRAVIS_API_URL": travis.url, "BTT_MULTI_DELAY": "0"}
    assert "builds imported" in run("import", "travis", SLUG, "1", "4", **environment).err
    settings = Settings.of(port=0, store_url=url, travis_api_url=travis.url, sweep_interval=0)
    with bootstrap.serving(settings):
        assert "builds imported" in run("import", "travis", SLUG, "5", "8", **environment).err
        lines = [json.loads(line) for line in run("export", SLUG).out.splitlines()]
    expected = [build.number for build in travis.history.expected(SLUG) if build.number <= 8]
    assert sorted(int(line["number"]) for line in lines) == expected


def test_no_command_shows_the_password_of_the_database(run: Run) -> None:
    url = "postgresql://ann:s3cret@127.0.0.1:1/btt"
    configured = run("check-config", BTT_STORE_URL=url)
    assert "postgresql://ann:********@127.0.0.1:1/btt" in configured.out
    for command in (["serve"], ["export"], ["distribute-store"]):
        ran = run(*command, PORT="0", BTT_START_WAIT="0")
        assert ran.code == 1
        assert "Cannot reach the store postgresql://ann@127.0.0.1:1/btt" in ran.err
        assert "s3cret" not in ran.out + ran.err
    assert place(url) == "postgresql://ann@127.0.0.1:1/btt"


def test_a_database_without_citus_is_not_distributed(run: Run, url: str) -> None:
    ran = run("distribute-store", BTT_STORE_URL=url)
    assert ran.code == 1
    assert "CREATE EXTENSION citus" in ran.err


def test_a_store_on_a_cluster_is_distributed_from_the_start(run: Run, citus_url: str) -> None:
    with postgres.schema(citus_url) as url:
        assert "All tables are distributed already." in run("distribute-store", BTT_STORE_URL=url).out


def test_a_store_that_is_a_file_is_not_distributed(run: Run) -> None:
    ran = run("distribute-store")
    assert ran.code == 1
    assert "is no PostgreSQL database" in ran.err
