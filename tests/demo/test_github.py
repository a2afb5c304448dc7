import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import yaml

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels.github_checks import GitHubChecks, GitHubChecksSettings
from buildtimetrend.alerts.message import trial
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.demo.github.checks import APP_ID
from buildtimetrend.demo.misbehaviour import Kind
from buildtimetrend.demo.organisation import GITHUB
from buildtimetrend.demo.projects import Project
from buildtimetrend.demo.runs.definitions import JobDefinition, Pipeline, Repository, StepDefinition
from buildtimetrend.demo.runs.history import CI, RunHistory
from buildtimetrend.demo.runs.run import Run
from buildtimetrend.demo.server import TOKEN, WEBHOOK_SECRET, SimulatedGitHub
from buildtimetrend.providers import open_provider
from buildtimetrend.providers.base import Latest
from buildtimetrend.providers.github.app import App
from buildtimetrend.providers.http import Client, Limits, Peer
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.tasks.notifications import Notifications
from buildtimetrend.tasks.pull_requests import LATE
from tests.alerts.checks import pem
from tests.alerts.test_checks import FASTER, SLOWER, comparison, pull_build

from .conftest import NOW

ENGINE = "simulated/engine"
RUNS = f"/repos/{ENGINE}/actions/runs"


@pytest.fixture(scope="module")
def github() -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(RunHistory(GITHUB, now=NOW)) as github:
        yield github


@pytest.fixture(scope="module")
def client(github: SimulatedGitHub) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{github.url}/api/v3", headers=headers, timeout=10) as client:
        yield client


def every_run(history: RunHistory, slug: str = ENGINE) -> list[Run]:
    return [history.run(slug, place) for place in history.places(slug)]


def pages(client: httpx.Client, address: str, name: str, **query: Any) -> list[dict[str, Any]]:
    """All entries, by the links."""
    answer = client.get(address, params=query)
    entries = answer.json()[name]
    while following := answer.links.get("next"):
        answer = client.get(following["url"])
        entries += answer.json()[name]
    return list(entries)


def test_runs_are_listed_newest_first_and_once(github: SimulatedGitHub, client: httpx.Client) -> None:
    listed = pages(client, RUNS, "workflow_runs", per_page=100)
    assert [run["id"] for run in listed] == [run.id for run in reversed(every_run(github.history))]
    assert client.get(RUNS).json()["total_count"] == len(listed)
    assert len(client.get(RUNS, params={"per_page": 500}).json()["workflow_runs"]) == 100


@pytest.mark.parametrize(
    "created", ["2025-03-01..2025-03-31", ">=2025-09-01", "<2025-01-15T12:00:00Z", "*..2025-02-01"]
)
def test_a_listing_is_cut_by_the_time_of_creation(client: httpx.Client, created: str) -> None:
    every = pages(client, RUNS, "workflow_runs", per_page=100)
    first, last = {
        "2": ("2025-03-01T00:00:00Z", "2025-03-31T23:59:59Z"),
        ">": ("2025-09-01T00:00:00Z", "9"),
        "<": ("0", "2025-01-15T11:59:59Z"),
        "*": ("0", "2025-02-01T23:59:59Z"),
    }[created[0]]
    wanted = [run["id"] for run in every if first <= run["created_at"] <= last]
    assert wanted
    found = pages(client, RUNS, "workflow_runs", per_page=100, created=created)
    assert [run["id"] for run in found] == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [("event", "pull_request"), ("branch", "main"), ("status", "failure"), ("status", "completed")],
)
def test_a_listing_is_filtered(client: httpx.Client, name: str, value: str) -> None:
    found = pages(client, RUNS, "workflow_runs", per_page=100, **{name: value})
    assert found
    fields = {"event": ["event"], "branch": ["head_branch"], "status": ["status", "conclusion"]}[name]
    assert all(value in {run[field] for field in fields} for run in found)


def test_a_time_that_is_none_is_refused(client: httpx.Client) -> None:
    assert client.get(RUNS, params={"created": ">=yesterday"}).status_code == 422


def test_a_filtered_listing_ends_after_a_thousand_runs() -> None:
    job = JobDefinition("test", (StepDefinition("Test", 10),))
    pipeline = Pipeline(".github/workflows/ci.yml", "CI", frozenset({"push", "pull_request", "cron"}), (job,))
    many = Repository(Project(901, "many/runs", "c", 1150), (pipeline,))
    history = RunHistory(CI(GITHUB.dialect, (many,)), now=NOW)
    with SimulatedGitHub(history) as github, httpx.Client(base_url=github.url) as client:
        address = "/repos/many/runs/actions/runs"
        total = len(history.places("many/runs"))
        assert total > 1000
        assert len(pages(client, address, "workflow_runs", per_page=100)) == total
        capped = pages(client, address, "workflow_runs", per_page=100, created=">=2020-01-01")
        assert len(capped) == 1000
        assert client.get(address, params={"status": "completed", "per_page": 100, "page": 11}).json() == {
            "total_count": total,
            "workflow_runs": [],
        }


def test_an_attempt_lists_untouched_jobs_as_its_own_with_their_first_times(
    github: SimulatedGitHub, client: httpx.Client
) -> None:
    run = next(
        run for run in every_run(github.history) if run.attempt == 2 and len(run.own_jobs) < len(run.jobs)
    )
    attempt = client.get(f"{RUNS}/{run.id}/attempts/2").json()
    assert attempt["run_attempt"] == 2
    assert attempt["previous_attempt_url"].endswith("/attempts/1")
    assert attempt["created_at"] < attempt["run_started_at"]
    jobs = client.get(f"{RUNS}/{run.id}/attempts/2/jobs").json()["jobs"]
    assert {job["run_attempt"] for job in jobs} == {2}
    old = [job for job in jobs if job["started_at"] < attempt["run_started_at"]]
    assert len(old) == len(run.jobs) - len(run.own_jobs)
    assert all(job["created_at"] >= attempt["run_started_at"] for job in old)
    latest = client.get(f"{RUNS}/{run.id}/jobs").json()["jobs"]
    assert [job["id"] for job in latest] == [job.id for job in run.own_jobs]
    every = client.get(f"{RUNS}/{run.id}/jobs", params={"filter": "all"}).json()["jobs"]
    assert len(every) == len(run.own_jobs) + len(run.jobs)
    first = client.get(f"{RUNS}/{run.id}/attempts/1").json()
    assert first["updated_at"] == attempt["updated_at"]
    assert client.get(f"{RUNS}/{run.id}/attempts/3").status_code == 404


def test_a_run_that_is_run_again_has_another_attempt() -> None:
    with SimulatedGitHub(RunHistory(GITHUB, now=NOW)) as github, httpx.Client(base_url=github.url) as client:
        run = every_run(github.history)[5]
        again = github.restart(run)
        assert again.attempt == run.attempt + 1
        assert client.get(f"{RUNS}/{run.id}").json()["run_attempt"] == again.attempt
        listed = pages(client, RUNS, "workflow_runs", per_page=100)
        assert next(each["run_attempt"] for each in listed if each["id"] == run.id) == again.attempt


def test_jobs_that_never_ran_have_times_all_the_same(github: SimulatedGitHub, client: httpx.Client) -> None:
    runs = every_run(github.history)
    skipped = next(job for run in runs for job in run.jobs if job.state == "skipped")
    document = client.get(f"/repos/{ENGINE}/actions/jobs/{skipped.id}").json()
    assert document["completed_at"] < document["started_at"]
    assert (document["conclusion"], document["steps"], document["runner_name"]) == ("skipped", [], None)
    waiting = next(job for run in runs for job in run.jobs if job.state == "canceled" and not job.ran)
    document = client.get(f"/repos/{ENGINE}/actions/jobs/{waiting.id}").json()
    assert (document["started_at"], document["runner_id"]) == (document["created_at"], 0)


def test_steps_have_gaps_in_their_numbers_and_those_after_a_failure_are_skipped(
    github: SimulatedGitHub, client: httpx.Client
) -> None:
    failed = next(job for run in every_run(github.history) for job in run.jobs if job.state == "failed")
    steps = client.get(f"/repos/{ENGINE}/actions/jobs/{failed.id}").json()["steps"]
    numbers = [step["number"] for step in steps]
    assert numbers == sorted(numbers)
    assert numbers[-1] > len(numbers)
    conclusions = [step["conclusion"] for step in steps]
    broken = conclusions.index("failure")
    assert set(conclusions[broken + 1 : -2]) <= {"skipped"}
    assert conclusions[-2:] == ["success", "success"]


def test_a_workflow_has_its_name_where_its_runs_have_others(client: httpx.Client) -> None:
    workflows = pages(client, f"/repos/{ENGINE}/actions/workflows", "workflows")
    assert len(workflows) == 5
    nightly = next(each for each in workflows if each["path"].endswith("nightly.yml"))
    assert nightly["name"] == "Nightly"
    runs = pages(client, f"/repos/{ENGINE}/actions/workflows/{nightly['id']}/runs", "workflow_runs")
    assert len({run["name"] for run in runs}) == len(runs) > 1
    by_file = client.get(f"/repos/{ENGINE}/actions/workflows/nightly.yml").json()
    assert by_file == nightly


def test_a_workflow_file_says_what_its_jobs_need(client: httpx.Client) -> None:
    answer = client.get(f"/repos/{ENGINE}/contents/.github/workflows/ci.yml", params={"ref": "main"}).json()
    content = base64.b64decode(answer["content"])
    assert answer["sha"] == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    document = yaml.safe_load(content)
    assert document["jobs"]["package"]["needs"] == ["lint", "test"]
    assert document["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12"]
    blob = client.get(f"/repos/{ENGINE}/git/blobs/{answer['sha']}").json()
    assert base64.b64decode(blob["content"]) == content
    release = client.get(
        f"/repos/{ENGINE}/contents/.github/workflows/release.yml",
        headers={"accept": "application/vnd.github.raw"},
    )
    called = yaml.safe_load(release.text)["jobs"]["release"]["uses"].removeprefix("./")
    reusable = yaml.safe_load(
        base64.b64decode(client.get(f"/repos/{ENGINE}/contents/{called}").json()["content"])
    )
    assert list(reusable["jobs"]) == ["publish"]
    assert client.get(f"/repos/{ENGINE}/contents/dynamic/github-code-scanning/codeql").status_code == 404


def test_a_fork_is_named_by_the_head_repository_alone(github: SimulatedGitHub, client: httpx.Client) -> None:
    runs = [run for run in every_run(github.history) if run.pull]
    fork = next(run for run in runs if run.pull and run.pull.fork)
    document = client.get(f"{RUNS}/{fork.id}").json()
    assert document["pull_requests"] == []
    assert document["head_repository"]["full_name"] != document["repository"]["full_name"] == ENGINE
    own = client.get(f"{RUNS}/{next(run.id for run in runs if run.pull and not run.pull.fork)}").json()
    assert own["pull_requests"][0]["head"]["ref"] == own["head_branch"]


def test_what_is_known_already_costs_nothing(client: httpx.Client) -> None:
    first = client.get(RUNS)
    again = client.get(RUNS, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    other = client.get(f"{RUNS}?page=2", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200
    assert int(other.headers["x-ratelimit-remaining"]) == int(first.headers["x-ratelimit-remaining"]) - 1


def test_when_no_requests_are_left_it_says_when_there_are_some() -> None:
    with SimulatedGitHub(RunHistory(GITHUB, now=NOW)) as github, httpx.Client(base_url=github.url) as client:
        client.post("/_exhaust")
        refused = client.get(RUNS)
        assert refused.status_code == 403
        assert refused.headers["x-ratelimit-remaining"] == "0"
        rate = client.get("/rate_limit").json()["rate"]
        assert str(rate["reset"]) == refused.headers["x-ratelimit-reset"]


def test_it_refuses_a_token_that_it_does_not_know(github: SimulatedGitHub) -> None:
    headers = {"authorization": "token another"}
    assert httpx.get(f"{github.url}{RUNS}", headers=headers).status_code == 401


def test_limits_are_forbidden_with_and_without_a_time(github: SimulatedGitHub, client: httpx.Client) -> None:
    for kind in (Kind.FORBIDDEN_LIMIT, Kind.FORBIDDEN_SECONDARY, Kind.FORBIDDEN_SILENT):
        github.misbehave("*/actions/runs", kind, retry_after=9)
    limit, secondary, silent = (client.get(RUNS) for _ in range(3))
    assert {limit.status_code, secondary.status_code, silent.status_code} == {403}
    assert (limit.headers["x-ratelimit-remaining"], "retry-after" in limit.headers) == ("0", False)
    assert secondary.headers["retry-after"] == "9"
    assert "retry-after" not in silent.headers
    assert int(silent.headers["x-ratelimit-remaining"]) > 0
    assert "secondary rate limit" in silent.json()["message"]


def test_it_can_fail_for_large_pages_only(github: SimulatedGitHub, client: httpx.Client) -> None:
    github.misbehave("*/jobs", Kind.SERVER_ERROR, times=9, status=502, query="*per_page=100*")
    run = every_run(github.history)[0]
    sizes = (100, 30, 100)
    statuses = [client.get(f"{RUNS}/{run.id}/jobs", params={"per_page": size}).status_code for size in sizes]
    github.behave()
    assert statuses == [502, 200, 502]


def test_a_page_can_move_while_it_is_read(github: SimulatedGitHub, client: httpx.Client) -> None:
    first = client.get(RUNS, params={"per_page": 10}).json()["workflow_runs"]
    github.misbehave("*/actions/runs", Kind.MOVED_PAGE, query="*page=2*", moved=3)
    second = client.get(RUNS, params={"per_page": 10, "page": 2}).json()["workflow_runs"]
    assert [run["id"] for run in second[:3]] == [run["id"] for run in first[-3:]]


@pytest.mark.parametrize("event", ["workflow_run", "workflow_job", "ping"])
def test_webhooks_are_signed_with_the_secret(github: SimulatedGitHub, event: str) -> None:
    run = every_run(github.history)[7]
    headers, body = github.webhook(run, event=event, job_id=run.jobs[0].id)
    expected = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={expected}"
    assert headers["x-github-event"] == event
    foreign, _ = github.webhook(run, event=event, job_id=run.jobs[0].id, signing="foreign")
    assert foreign["x-hub-signature-256"] != headers["x-hub-signature-256"]
    assert foreign["x-github-delivery"] == headers["x-github-delivery"]
    assert "x-hub-signature-256" not in github.webhook(run, signing="none")[0]


def test_for_a_while_the_api_does_not_know_what_its_webhook_told() -> None:
    history = RunHistory(GITHUB, now=NOW)
    with SimulatedGitHub(history, late_by=0.6) as github, httpx.Client(base_url=github.url) as client:
        run = next(run for run in every_run(history) if run.state == "passed")
        github.webhook(run)
        seen = []
        while client.get(f"{RUNS}/{run.id}").json()["status"] != "completed":
            jobs = client.get(f"{RUNS}/{run.id}/jobs").json()["jobs"]
            seen.append({job["status"] for job in jobs if job["conclusion"] != "skipped"})
        assert seen[0] == {"in_progress"}
        assert seen[-1] == {"completed"}


def test_a_jobs_log_is_at_the_storage_host_which_refuses_a_token(
    github: SimulatedGitHub, client: httpx.Client
) -> None:
    job = next(job for run in every_run(github.history) for job in run.jobs if job.state == "failed")
    found = client.get(f"/repos/{ENGINE}/actions/jobs/{job.id}/logs")
    assert found.status_code == 302
    log = httpx.get(found.headers["location"]).text
    ran = sum(step.state != "skipped" for step in job.steps)
    assert log.count("##[group]") == log.count("##[endgroup]") == ran
    assert log.count("##[error]") == 1
    assert client.get(found.headers["location"]).status_code == 400


def test_the_repositories_of_an_organisation_are_listed(client: httpx.Client) -> None:
    names = {each["full_name"] for each in client.get("/orgs/simulated/repos").json()}
    assert names == {"simulated/boxes", ENGINE}


def test_an_app_writes_one_check_for_a_commit_and_edits_it(github: SimulatedGitHub) -> None:
    values = GitHubChecksSettings(
        url=f"{github.url}/api/v3", app_id=APP_ID, app_key=github.ready["app_key"], usual="success"
    )
    channel = GitHubChecks(values)
    runs = [run for run in every_run(github.history) if run.pull and run.state == "passed"]
    run = runs[-1]
    assert run.pull
    head = next(each for each in reversed(every_run(github.history)) if each.pull == run.pull)
    built = [replace(pull_build(29, steps=steps), commit=head.commit.sha) for steps in (SLOWER, FASTER)]
    compared = [replace(comparison(each), repo=ENGINE, number=str(run.pull.number)) for each in built]
    try:
        assert channel.send(trial("checks", datetime.now(UTC), None), datetime.now(UTC)).startswith("the App")
        assert [channel.put(each) for each in (*compared, compared[1])] == ["written", "edited", "as it was"]
    finally:
        channel.close()
    [check] = github.api.checks.runs
    assert (check["head_sha"], check["conclusion"]) == (head.commit.sha, "success")


def test_checks_are_written_by_who_proves_to_be_the_app(
    github: SimulatedGitHub, client: httpx.Client
) -> None:
    assert client.get("/app").status_code == 401  # the token of a person is none of an App's
    path = f"/repos/{ENGINE}/check-runs"
    assert client.post(path, json={"name": "x", "head_sha": "0" * 40}).status_code == 401
    assert client.post("/app/installations/4712/access_tokens").status_code == 401
    other = App(
        Client(Peer("GitHub", token="", address=""), f"{github.url}/api/v3", {}, 1, Limits()), APP_ID, pem()
    )
    assert client.get("/app", headers=other.own()).status_code == 401


@pytest.mark.parametrize("weeks", range(0, 52, 6))
def test_a_pull_request_is_always_open_whose_runs_passed_an_hour_or_two_ago(weeks: int) -> None:
    history = RunHistory(GITHUB, seed=weeks, now=NOW + weeks * 7 * 24 * 3600 + weeks * 4000)
    runs = [history.run(ENGINE, place) for place in list(history.places(ENGINE))[-2:]]
    assert {run.pull for run in runs} == {runs[0].pull}
    assert runs[0].pull
    assert {run.state for run in runs} == {"passed"}
    ago = [history.now - run.updated_at for run in runs]
    assert all(0 < seconds < LATE.total_seconds() for seconds in ago)  # also where others were noted before
    assert all(run.pull and run.pull.fork is None for run in runs)  # else its runs would not name it


def test_the_commit_of_the_open_pull_request_has_a_check_of_each_pipeline() -> None:
    history = RunHistory(GITHUB)
    with SimulatedGitHub(history) as github, closing(open_store("duckdb://:memory:")) as store:
        values = GitHubChecksSettings(
            url=f"{github.url}/api/v3", app_id=APP_ID, app_key=github.ready["app_key"], usual="success"
        )
        checks = Section("checks", "github-checks", values, Rules(), "pull requests")
        settings = Settings.of(github_api_url=f"{github.url}/api/v3", github_token=TOKEN, alerts=(checks,))
        provider = open_provider(settings.section("github"))
        for ref in provider.select(ENGINE, Latest(150)):
            store.save(provider.fetch(ref)).result()
        provider.close()
        running = Notifications(settings, store)
        while running.once():
            pass
        running.stop()
        newest = history.run(ENGINE, list(history.places(ENGINE))[-1])
        assert {run["head_sha"] for run in github.api.checks.runs} == {newest.commit.sha}
        names = [run["name"] for run in github.api.checks.runs]
    assert sorted(names) == ["CI time: CI", "CI time: Documentation"]
