"""The commands that need a configuration or the service."""

import csv
import io
import json
import os
import re
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend import bootstrap
from buildtimetrend.cli import client, imports
from buildtimetrend.demo.server import SimulatedTravis
from buildtimetrend.model import Step
from buildtimetrend.providers import PROVIDERS
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks import Retries
from tests.cli.conftest import Ran, Run
from tests.tasks.providers import build

SLUG = "simulated/classroom"


def test_check_config_shows_values_sources_and_no_secret(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config_service.yml").write_text(
        "buildtimetrend:\n  admin_token: s3cret\n  allowed_repo: [alice]\n  wrokers: 3\n", encoding="utf-8"
    )
    ran = run("check-config", PORT="8123")
    lines = {line.split()[0]: line.split()[1:] for line in ran.out.splitlines()}
    assert lines["port"] == ["8123", "environment", "PORT"]
    assert lines["admin_token"] == ["********", "config_service.yml"]
    assert lines["allowed_repo"] == ["alice", "config_service.yml"]
    assert lines["loglevel"] == ["WARNING", "default"]
    assert "s3cret" not in ran.out + ran.err
    assert "wrokers is not a setting and has no effect. Did you mean workers?" in ran.err


def test_check_config_ends_with_what_would_stop_the_service(run: Run) -> None:
    ran = run("check-config", BTT_REDIS_URL="redis://127.0.0.1:1/0", BTT_STORE_URL="duckdb:///")
    assert ran.code == 1
    assert "postgresql://" in ran.err


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"BTT_STORE_URL": "mysql://x"}, "a store's URL begins with duckdb://, postgresql://"),
        ({"BTT_STORE_URL": "duckdb"}, "a store's URL begins with"),
        ({"BTT_STORE_URL": "duckdb:"}, "a store's URL begins with"),
        ({"BTT_STORE_URL": "duckdb://x.duckdb"}, "write three slashes before a relative path"),
        ({"BTT_STORE_URL": "duckdb:////etc/hostname/x/y.duckdb"}, "/etc/hostname is no folder"),
        ({"BTT_STORE_URL": "duckdb:////etc"}, "is a folder"),
        ({"BTT_STORE_URL": "duckdb:////etc/hostname"}, "/etc/hostname is no store: it is text"),
        ({"BTT_STORE_URL": "duckdb:////dev/null"}, "/dev/null is no store: it is a pipe or a device"),
        ({"BTT_STORE_URL": "postgresql://host/database?no=such"}, "no URL of a PostgreSQL database"),
        ({"BTT_STORE_URL": "https://"}, "must be the base URL of another instance"),
        ({"BTT_STORE_URL": "https://host?x=1"}, "must be the base URL of another instance"),
        (
            {"BTT_STORE_URL": "https://host", "BTT_STORE_OUTBOX": "/etc/hostname/outbox"},
            "store.outbox is in /etc/hostname/outbox",
        ),
        ({"BTT_REDIS_URL": "redis://127.0.0.1:1/0"}, "task_queue names a broker"),
        ({"BTT_REDIS_URL": "redis://127.0.0.1:1/0", "BTT_TASK_QUEUE_PUSH": "1"}, "no admin_token"),
        ({"BTT_REDIS_URL": "kafka://127.0.0.1"}, "The URL of the broker"),
        ({"BTT_HOST": "203.0.113.7", "PORT": "0"}, "Set BTT_HOST"),
        ({"BTT_HOST": "no.such.host.invalid", "PORT": "0"}, "Set BTT_HOST"),
        ({"BTT_HOST": "h\u00f6st..x", "PORT": "0"}, "which is no address"),
        ({"PORT": "65536"}, "environment variable PORT"),
        ({"BTT_CONFIG": "nowhere.yml"}, "nowhere.yml does not exist"),
        ({"BTT_CONFIG": "broken.yml"}, "is not valid YAML"),
        ({"BTT_CONFIG": "binary.yml"}, "is not valid YAML"),
    ],
)
def test_check_config_refuses_what_serve_refuses(
    run: Run, tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    (tmp_path / "broken.yml").write_text("buildtimetrend: [", encoding="utf-8")
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    checked, served = (run(command, **environment) for command in ("check-config", "serve"))
    assert (checked.code, served.code) == (1, 1)
    assert said in checked.err


def test_check_config_finds_nothing_wrong_beside_a_service_that_runs(run: Run, tmp_path: Path) -> None:
    file = f"duckdb:///{tmp_path / 'store.duckdb'}"
    with bootstrap.serving(Settings(port=0, store_url=file, sweep_interval=0)) as url:
        ran = run("check-config", PORT=url.rpartition(":")[2], BTT_STORE_URL=file)
    assert ran.code == 0


def test_a_wrong_setting_stops_any_command_and_names_it(run: Run) -> None:
    for command in (["check-config"], ["serve"], ["import", "travis", "a/b", "1"]):
        ran = run(*command, PORT="many")
        assert ran.code == 1
        assert "environment variable PORT: 'many' is not allowed" in ran.err


def test_serve_says_when_its_port_is_taken(run: Run) -> None:
    with bootstrap.serving(Settings(port=0, store_url="duckdb://:memory:", sweep_interval=0)) as url:
        port = url.rpartition(":")[2]
        ran = run("serve", PORT=port)
        assert f"port {port}" in run("serve", "--port", port, PORT="0").err
    assert ran.code == 1
    assert "Cannot listen on 127.0.0.1" in ran.err


def test_a_worker_without_a_broker_says_which_settings_name_one(run: Run) -> None:
    ran = run("worker")
    assert ran.code == 1
    assert "set task_queue.broker_url, or one of the environment variables BTT_AMQP_URL, BTT_REDIS" in ran.err


def test_a_worker_whose_store_is_a_file_says_what_it_needs(run: Run) -> None:
    ran = run("worker", BTT_REDIS_URL="redis://127.0.0.1:1/0")
    assert ran.code == 1
    assert "cannot write to the file of a service" in ran.err


def test_a_broker_with_a_store_that_is_a_file_stops_the_start_and_says_the_ways_out(run: Run) -> None:
    ran = run("serve", PORT="0", BTT_REDIS_URL="redis://127.0.0.1:1/0")
    assert ran.code == 1
    for way in ("postgresql://", "BTT_TASK_QUEUE_PUSH", "Without task_queue"):
        assert way in ran.err
    ran = run("serve", PORT="0", BTT_TASK_QUEUE_PUSH="1")
    assert ran.code == 1
    assert "no admin_token" in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port: 80", "port belongs below `buildtimetrend:` and has no effect where it is."),
        (
            "store:\n  url: 'duckdb:///'",
            "store.url belongs below `buildtimetrend:` and has no effect where it is.",
        ),
        ("prot: 80", "prot is not a setting and has no effect. Did you mean port, below `buildtimetrend:`?"),
        ("zzz:\n  qqq: 1", "zzz.qqq is not a setting and has no effect.\n"),
    ],
)
def test_a_setting_that_is_below_no_section_is_told_where_it_belongs(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "at_the_top.yml").write_text(f"{text}\n", encoding="utf-8")
    assert f"at_the_top.yml: {said}" in run("check-config", BTT_CONFIG="at_the_top.yml").err


def test_import_and_export_without_a_service_use_the_store_themselves(
    run: Run, tmp_path: Path, travis: SimulatedTravis
) -> None:
    environment = {"BTT_TRAVIS_API_URL": travis.url, "BTT_MULTI_DELAY": "0"}
    ran = run("import", "travis", SLUG, "1", "8", **environment)
    assert "builds imported" in ran.err
    expected = [build for build in travis.history.expected(SLUG) if build.number <= 8]
    lines = [json.loads(line) for line in run("export", SLUG).out.splitlines()]
    assert sorted(int(line["number"]) for line in lines) == [build.number for build in expected]
    jobs = list(csv.DictReader(io.StringIO(run("export", "--what", "jobs", "--format", "csv").out)))
    assert len(jobs) == sum(len(build.jobs) for build in expected)
    assert {job["repo"] for job in jobs} == {SLUG}
    assert "language" in json.loads(jobs[0]["matrix_values"])
    assert all(isinstance(json.loads(job["worker_facts"]), dict) for job in jobs)
    run("export", SLUG, "--output", "builds.jsonl")
    assert len((tmp_path / "builds.jsonl").read_text(encoding="utf-8").splitlines()) == len(expected)


def test_an_export_takes_the_filters_of_the_api_and_a_range(run: Run) -> None:
    store = open_store(os.environ["BTT_STORE_URL"])
    step = Step("script.1", "script", "make", 1_700_000_000_000_000_000, 1_700_000_001_000_000_000)
    for made in (build(1, SLUG), build(2, SLUG, branch="topic")):
        store.save(replace(made, jobs=(replace(made.jobs[0], steps=(step,)),))).result(60)
    store.close()

    def exported(*arguments: str) -> list[dict[str, Any]]:
        ran = run("export", SLUG, *arguments)
        assert ran.code == 0, ran.err
        return [json.loads(line) for line in ran.out.splitlines()]

    assert [row["number"] for row in exported("--filter", "branch=topic")] == ["2"]
    middle = build(1, SLUG).finished_at
    assert middle is not None
    at = (middle + timedelta(minutes=1)).isoformat()
    assert [row["number"] for row in exported("--since", at)] == ["2"]
    assert [row["number"] for row in exported("--until", at)] == ["1"]
    steps = exported("--what", "steps", "--filter", f"branch={build(1, SLUG).branch}")
    assert [(row["repo"], row["name"], row["runs"]) for row in steps] == [(SLUG, "make", 1)]
    assert [row["runs"] for row in exported("--what", "steps")] == [2]
    refused = run("export", SLUG, "--filter", "colour=red")
    assert refused.code == 1
    assert "'colour=red' is no filter: write NAME=VALUE, with one of pipeline, job" in refused.err


def test_a_command_says_which_variable_has_no_effect_before_it_uses_another_store(run: Run) -> None:
    ran = run("export", BTT_STORE="duckdb:///mine.duckdb")
    assert (ran.code, ran.out) == (0, "")
    assert "warning: The environment variable BTT_STORE has no effect. Did you mean BTT_STORE_URL?" in ran.err


@pytest.mark.parametrize("what", ["builds", "jobs", "steps"])
def test_an_export_of_nothing_says_so_beside_what_programs_read(run: Run, what: str) -> None:
    for form in ("jsonl", "csv"):
        ran = run("export", "--what", what, "--format", form)
        assert (ran.code, ran.err) == (0, "Nothing is exported: no build is stored.\n")
        assert bool(ran.out) == (form == "csv")
    store = open_store(os.environ["BTT_STORE_URL"])
    step = Step("script.1", "script", "make", 1_700_000_000_000_000_000, 1_700_000_001_000_000_000)
    made = build(1, SLUG)
    store.save(replace(made, jobs=(replace(made.jobs[0], steps=(step,)),))).result(60)
    store.close()
    asked = ("export", SLUG, "--what", what, "--format", "csv")
    of_none = run(*asked, "--filter", "branch=no/such")
    assert of_none.code == 0
    assert f"no {what} of what --filter, --since and --until ask for are stored." in of_none.err
    stored = run(*asked)
    assert (stored.err, len(stored.out.splitlines())) == ("", 2)
    assert stored.out.splitlines()[0] == of_none.out.rstrip()


def test_an_exported_cell_is_no_formula_and_a_number_stays_one(run: Run) -> None:
    store = open_store(os.environ["BTT_STORE_URL"])
    store.save(replace(build(1, "alice/app"), branch="  =1+1", author="|calc")).result(60)
    store.close()
    [exported] = csv.DictReader(io.StringIO(run("export", "--format", "csv").out))
    assert (exported["branch"], exported["author"]) == ("'  =1+1", "'|calc")
    float(exported["duration"])


def test_export_of_all_repos_goes_through_every_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE", 2)
    store = open_store(os.environ["BTT_STORE_URL"])
    repos = [f"alice/app{n}" for n in range(5)]
    for repo in repos:
        store.save(build(1, repo)).result(60)
    store.close()
    lines = [json.loads(line) for line in run("export").out.splitlines()]
    assert [line["repo"] for line in lines] == repos


def test_an_import_of_another_instance_is_not_gone_on_with(
    run: Run, travis: SimulatedTravis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(imports, "follow", interrupted)
        assert "Interrupted." in import_builds(run, "http://127.0.0.1:9").err
    assert import_builds(run, travis.url).code == 0
    store = open_store(os.environ["BTT_STORE_URL"])
    found = store.select("SELECT instance, state FROM task ORDER BY instance, state")
    store.close()
    assert found["instance"].count("http://127.0.0.1:9") == 3
    ended = {
        state
        for instance, state in zip(found["instance"], found["state"], strict=True)
        if instance == travis.url
    }
    assert ended <= {"done", "absent"}
    assert ended


def import_builds(run: Run, url: str) -> Ran:
    return run("import", "travis", SLUG, "1", "3", BTT_TRAVIS_API_URL=url, BTT_MULTI_DELAY="0")


def test_import_asks_the_service_that_owns_the_store(
    run: Run, tmp_path: Path, travis: SimulatedTravis
) -> None:
    settings = Settings.of(
        port=0,
        store_url=f"duckdb:///{tmp_path / 'store.duckdb'}",
        travis_api_url=travis.url,
        admin_token="t0ken",
        multi_import_delay=0,
        sweep_interval=0,
    )
    with bootstrap.serving(settings):
        ran = run("import", "travis", SLUG, "1", "3", BTT_ADMIN_TOKEN="wrong")
        assert ran.code == 1
        ran = run("import", "travis", SLUG, "1", "3", BTT_ADMIN_TOKEN="t0ken")
        assert "builds imported" in ran.err
    store = open_store(settings.store_url)
    assert len(store.select("SELECT number FROM build")["number"]) >= 2
    store.close()


def test_the_builds_of_an_import_that_could_not_be_had_are_named(run: Run, travis: SimulatedTravis) -> None:
    ran = run("import", "travis", SLUG, "100000", BTT_TRAVIS_API_URL=travis.url)
    assert ran.code == 1
    assert "0 builds imported, 1 could not be had." in ran.err
    assert f"build 100000: {SLUG} has no build 100000" in ran.err


def test_numbers_that_have_no_build_are_counted_and_are_no_failures(
    run: Run, travis: SimulatedTravis
) -> None:
    environment = {"BTT_TRAVIS_API_URL": travis.url, "BTT_MULTI_DELAY": "0"}
    ran = run("import", "travis", SLUG, "100000", "100003", **environment)
    assert ran.code == 0
    assert "0 of 4 numbers exist.\n0 builds imported, 0 could not be had." in ran.err


def test_the_latest_builds_of_a_pasted_address_are_imported(run: Run, travis: SimulatedTravis) -> None:
    environment = {"BTT_TRAVIS_API_URL": travis.url, "BTT_MULTI_DELAY": "0"}
    ran = run("import", "travis", f"https://github.com/{SLUG}.git", "latest", "3", **environment)
    assert ran.code == 0
    assert "3 builds imported, 0 could not be had." in ran.err
    store = open_store(os.environ["BTT_STORE_URL"])
    found = store.select("SELECT DISTINCT repo.slug FROM build JOIN repo ON repo.id = repo_id")
    assert found["slug"] == [SLUG]
    assert store.select("SELECT selection FROM import")["selection"] == ["latest 3"]
    store.close()


def test_a_wrong_name_is_told_at_once_with_what_was_asked_and_where(
    run: Run, travis: SimulatedTravis
) -> None:
    asked = ["simulated/nubmers", "since", "90", "days"]
    ran = run("import", "travis", *asked, BTT_TRAVIS_API_URL=travis.url)
    assert ran.code == 1
    assert "127.0.0.1 knows no simulated/nubmers that this service may see (404)" in ran.err
    assert ran.err.count("\n") == 1


def test_without_a_network_a_list_says_so_at_once(run: Run) -> None:
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        ran = run("import", "travis", "a/b", BTT_TRAVIS_API_URL=f"http://{address}")
    assert ran.code == 1
    assert f"{address} could not be reached: " in ran.err


def test_a_further_server_has_a_command_of_its_own(run: Run, tmp_path: Path, travis: SimulatedTravis) -> None:
    config = tmp_path / "config_service.yml"
    instances = f"[{{name: second, api_url: '{travis.url}'}}]"
    config.write_text(f"buildtimetrend:\n  travis:\n    instances: {instances}\n", encoding="utf-8")
    ran = run("import", "second", SLUG, "latest 1", BTT_MULTI_DELAY="0")
    assert "1 build imported, 0 could not be had." in ran.err
    wrong = run("import", "third", SLUG, "1")
    known = ", ".join([*PROVIDERS, "second", "keen"])
    assert f"There is no such provider: third. There are {known}." in wrong.err


def test_a_repo_that_the_ci_does_not_know_is_told_once_for_all_its_builds(
    run: Run, travis: SimulatedTravis
) -> None:
    environment = {"BTT_TRAVIS_API_URL": travis.url, "BTT_MULTI_DELAY": "0"}
    ran = run("import", "travis", "simulated/nubmers", "1", "3", **environment)
    assert ran.code == 1
    assert "0 builds imported, 3 could not be had." in ran.err
    assert "3 builds: 127.0.0.1 knows no simulated/nubmers that this service may see (404)" in ran.err
    assert '"level"' not in ran.err
    chosen = run("import", "travis", "simulated/nubmers", "1", "3", BTT_LOGLEVEL="INFO", **environment)
    assert '"event": "task.failed"' in chosen.err


def test_without_a_network_the_terminal_says_why_nothing_comes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "RETRIES", Retries(base=0.4, cap=0.5, tries=3))
    monkeypatch.setattr(imports, "POLL", 0.02)
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        ran = run(
            "import", "travis", "a/b", "1", "2", BTT_TRAVIS_API_URL=f"http://{address}", BTT_MULTI_DELAY="0"
        )
    assert ran.code == 1
    reason = f"{address} could not be reached: "
    waiting, ended = ran.err.split("0 builds imported, 2 could not be had.")
    assert re.search(rf"{re.escape(reason)}.*wait.*, next try in ", waiting)
    assert f"2 builds: Given up after 3 tries: {reason}" in ended


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["travis", "a/b", "5", "2"], "LAST (2) must not be below FIRST (5)."),
        (["hudson", "a/b", "1"], "There is no such provider"),
        (["travis", "no-slash", "1"], "repo"),
        (["travis", "a/b", "everything"], "since 90 days"),
    ],
)
def test_an_import_that_makes_no_sense_is_refused(run: Run, arguments: list[str], said: str) -> None:
    ran = run("import", *arguments)
    assert ran.code == 1
    assert said in ran.err


def test_a_file_that_cannot_be_written_is_named(run: Run) -> None:
    ran = run("export", "--output", "missing/builds.jsonl")
    assert ran.code == 1
    assert (
        ran.err.strip()
        == "buildtimetrend: missing/builds.jsonl cannot be written: No such file or directory."
    )


def test_serve_says_when_its_address_is_not_of_this_machine(run: Run) -> None:
    ran = run("serve", BTT_HOST="203.0.113.1", PORT="0")
    assert ran.code == 1
    assert "Set BTT_HOST (or host:) to an address of this machine." in ran.err


def test_a_wrong_repo_is_told_what_a_repo_is(run: Run) -> None:
    ran = run("import", "travis", "no-slash", "1")
    assert ran.code == 1
    assert "repo: must be owner/name" in ran.err
    assert "^" not in ran.err


@pytest.mark.parametrize("repo", ["no-slash", "../..", "a/..", "?"])
@pytest.mark.parametrize("command", ["changes", "export"])
def test_whatever_is_typed_for_a_repo_is_taken_for_one(run: Run, command: str, repo: str) -> None:
    ran = run(command, repo)
    assert ran.code == 1
    assert ran.err == "buildtimetrend: A repo is named by owner and name, as owner/name.\n"


def test_an_address_where_another_ci_builds_is_refused_by_commands_too(run: Run, tmp_path: Path) -> None:
    said = "GitHub Actions at https://api.github.com builds nothing of gitlab.com: choose travis or gitlab"
    for command in (["import"], ["report", "-o", str(tmp_path / "report.html")]):
        ran = run(*command, "github", "https://gitlab.com/owner/name")
        assert ran.code == 1
        assert said in ran.err
