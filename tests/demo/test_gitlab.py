import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from buildtimetrend.demo.misbehaviour import Kind
from buildtimetrend.demo.organisation import GITLAB
from buildtimetrend.demo.runs.history import RunHistory
from buildtimetrend.demo.runs.run import Run
from buildtimetrend.demo.server import TOKEN, WEBHOOK_SECRET, SimulatedGitLab

from .conftest import NOW

GATEWAY = "simulated/platform/gateway"
PROJECT = f"/projects/{quote(GATEWAY, safe='')}"


@pytest.fixture(scope="module")
def gitlab() -> Iterator[SimulatedGitLab]:
    with SimulatedGitLab(RunHistory(GITLAB, now=NOW)) as gitlab:
        yield gitlab


@pytest.fixture(scope="module")
def client(gitlab: SimulatedGitLab) -> Iterator[httpx.Client]:
    headers = {"private-token": TOKEN}
    with httpx.Client(base_url=f"{gitlab.url}/api/v4", headers=headers, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def runs(gitlab: SimulatedGitLab) -> list[Run]:
    history = gitlab.history
    return [history.run(GATEWAY, place) for place in history.places(GATEWAY)]


def pages(client: httpx.Client, address: str, **query: Any) -> list[dict[str, Any]]:
    """All entries, by the header that names the next page."""
    entries, page = [], "1"
    while page:
        answer = client.get(address, params={**query, "page": page})
        entries += answer.json()
        page = answer.headers["x-next-page"]
    return entries


def test_pipelines_are_listed_newest_first_without_children(client: httpx.Client, runs: list[Run]) -> None:
    listed = pages(client, f"{PROJECT}/pipelines", per_page=100)
    assert [each["id"] for each in listed] == [run.id for run in reversed(runs) if not run.bridge]
    children = pages(client, f"{PROJECT}/pipelines", per_page=100, source="parent_pipeline")
    assert [each["id"] for each in children] == [run.id for run in reversed(runs) if run.bridge]
    assert client.get(f"{PROJECT}/pipelines").headers["x-total"] == str(len(listed))


def test_a_project_is_found_by_id_and_by_path(client: httpx.Client) -> None:
    found = client.get(PROJECT).json()
    assert found["path_with_namespace"] == GATEWAY
    assert client.get(f"/projects/{found['id']}").json() == found
    assert client.get("/projects/no%2Fbody").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "failed"),
        ("source", "schedule"),
        ("ref", "main"),
        ("updated_after", "2025-09-01T00:00:00Z"),
    ],
)
def test_a_listing_is_filtered(client: httpx.Client, name: str, value: str) -> None:
    found = pages(client, f"{PROJECT}/pipelines", per_page=100, **{name: value})
    assert found
    if name == "updated_after":
        assert all(each["updated_at"] > value for each in found)
    else:
        assert {each[name] for each in found} == {value}


def test_times_that_are_none_and_pages_that_are_none_are_refused(client: httpx.Client) -> None:
    for query in ({"updated_after": "yesterday"}, {"page": "two"}):
        assert client.get(f"{PROJECT}/pipelines", params=query).status_code == 400


def test_a_pipeline_that_ended_has_its_times(client: httpx.Client, runs: list[Run]) -> None:
    run = next(run for run in runs if run.state == "passed")
    whole = client.get(f"{PROJECT}/pipelines/{run.id}").json()
    assert whole["created_at"] <= whole["started_at"] <= whole["finished_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", whole["created_at"])
    assert 0 < whole["duration"] <= (run.finished_at or 0) - (run.started_at or 0)


def test_repeated_jobs_are_listed_where_they_are_asked_for(client: httpx.Client, runs: list[Run]) -> None:
    run = next(run for run in runs if any(job.retried for job in run.jobs))
    address = f"{PROJECT}/pipelines/{run.id}/jobs"
    latest = {job["id"] for job in client.get(address, params={"per_page": 100}).json()}
    every = {
        job["id"] for job in client.get(address, params={"per_page": 100, "include_retried": "true"}).json()
    }
    assert every - latest == {job.id for job in run.jobs if job.retried}


def test_bridges_are_apart_and_lead_to_their_children(client: httpx.Client, runs: list[Run]) -> None:
    run = next(run for run in runs if run.children)
    bridge = client.get(f"{PROJECT}/pipelines/{run.id}/bridges").json()[0]
    child = client.get(f"{PROJECT}/pipelines/{bridge['downstream_pipeline']['id']}").json()
    assert (bridge["id"], child["id"]) == run.children[0]
    assert child["source"] == "parent_pipeline"
    jobs = client.get(f"{PROJECT}/pipelines/{run.id}/jobs", params={"per_page": 100}).json()
    assert bridge["name"] not in {job["name"] for job in jobs}


def test_jobs_that_did_not_run_have_no_times(client: httpx.Client, runs: list[Run]) -> None:
    for state in ("skipped", "manual"):
        job = next(
            job for run in runs for job in run.jobs if job.state == state and not job.definition.starts
        )
        document = client.get(f"{PROJECT}/jobs/{job.id}").json()
        times = ("started_at", "finished_at", "duration", "queued_duration", "runner")
        assert {document[name] for name in times} == {None}
        assert document["status"] == state


def test_jobs_of_a_matrix_and_parallel_ones_are_named_as_gitlab_does(
    client: httpx.Client, runs: list[Run]
) -> None:
    run = next(run for run in runs if run.state == "passed" and not run.bridge)
    names = {
        job["name"]
        for job in client.get(f"{PROJECT}/pipelines/{run.id}/jobs", params={"per_page": 100}).json()
    }
    assert {"unit: [1.22]", "unit: [1.23]", "spec 1/3", "spec 3/3"} <= names


def test_needs_are_told_by_graphql(client: httpx.Client, gitlab: SimulatedGitLab, runs: list[Run]) -> None:
    run = next(run for run in runs if run.state == "passed" and not run.bridge)
    query = "query($path: ID!, $iid: ID!) { project(fullPath: $path) { pipeline(iid: $iid) { id } } }"
    asked = {"query": query, "variables": {"path": GATEWAY, "iid": str(run.number)}}
    pipeline = client.post(f"{gitlab.url}/api/graphql", json=asked).json()["data"]["project"]["pipeline"]
    assert pipeline["id"] == f"gid://gitlab/Ci::Pipeline/{run.id}"
    needs = {
        job["name"]: {need["name"] for need in job["needs"]["nodes"]} for job in pipeline["jobs"]["nodes"]
    }
    assert needs["deploy"] == {"unit: [1.22]", "unit: [1.23]", "spec 1/3", "spec 2/3", "spec 3/3"}
    assert needs["compile"] == set()
    nobody = {"query": '{ project(fullPath: "no/body") { pipeline(iid: "1") { id } } }'}
    assert client.post(f"{gitlab.url}/api/graphql", json=nobody).json() == {"data": {"project": None}}


def test_a_trace_has_a_section_for_each_step_and_one_around_the_script(
    gitlab: SimulatedGitLab, client: httpx.Client
) -> None:
    for each in list(gitlab.history.expected(GATEWAY))[:40]:
        run = gitlab.catalogue.finished(each.id)
        for job, steps in zip(run.jobs, each.steps, strict=True):
            trace = client.get(f"{PROJECT}/jobs/{job.id}/trace").content
            starts = re.findall(rb"section_start:(\d+):([\w-]+)", trace)
            ends = re.findall(rb"section_end:(\d+):([\w-]+)", trace)
            assert len(starts) == len(ends) == steps
            assert sorted(name for _, name in starts) == sorted(name for _, name in ends)


def test_a_webhook_names_the_source_branch_where_the_api_names_a_reference(
    gitlab: SimulatedGitLab, client: httpx.Client, runs: list[Run]
) -> None:
    run = next(run for run in runs if run.pull and not run.bridge)
    assert run.pull is not None
    headers, body = gitlab.webhook(run)
    told = json.loads(body)
    assert (headers["x-gitlab-event"], headers["x-gitlab-token"]) == ("Pipeline Hook", WEBHOOK_SECRET)
    assert told["object_attributes"]["ref"] == told["merge_request"]["source_branch"] == run.pull.branch
    assert (
        client.get(f"{PROJECT}/pipelines/{run.id}").json()["ref"]
        == f"refs/merge-requests/{run.pull.number}/head"
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", told["object_attributes"]["created_at"])


def test_a_webhook_can_tell_of_a_job_and_be_signed(gitlab: SimulatedGitLab, runs: list[Run]) -> None:
    run = runs[0]
    headers, body = gitlab.webhook(run, event="Job Hook", job_id=run.jobs[0].id, signing="standard")
    told = json.loads(body)
    assert (told["object_kind"], told["build_id"], told["pipeline_id"]) == ("build", run.jobs[0].id, run.id)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(WEBHOOK_SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert "x-gitlab-token" not in headers


def test_totals_can_be_missing(gitlab: SimulatedGitLab, client: httpx.Client) -> None:
    gitlab.misbehave("*/pipelines", Kind.NO_TOTALS)
    without, with_totals = (client.get(f"{PROJECT}/pipelines") for _ in range(2))
    assert not {"x-total", "x-total-pages"} & without.headers.keys()
    assert without.headers["x-next-page"] == "2"
    assert "x-total" in with_totals.headers


def test_after_so_many_requests_it_says_when_to_ask_again() -> None:
    with SimulatedGitLab(RunHistory(GITLAB, now=NOW)) as gitlab, httpx.Client(base_url=gitlab.url) as client:
        assert int(client.get("/api/v4/projects/301").headers["ratelimit-remaining"]) > 0
        client.post("/_exhaust")
        refused = client.get("/api/v4/projects/301")
        assert (refused.status_code, refused.headers["ratelimit-remaining"]) == (429, "0")
        assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize("name", ["private-token", "job-token", "authorization"])
def test_it_knows_its_token_in_any_header(gitlab: SimulatedGitLab, name: str) -> None:
    address = f"{gitlab.url}/api/v4/projects/301"
    prefix = "Bearer " if name == "authorization" else ""
    assert httpx.get(address, headers={name: f"{prefix}{TOKEN}"}).status_code == 200
    assert httpx.get(address, headers={name: f"{prefix}another"}).status_code == 401


def test_the_projects_of_a_group_are_listed_with_its_subgroups(client: httpx.Client) -> None:
    plain = {each["path_with_namespace"] for each in client.get("/groups/simulated/projects").json()}
    deep = client.get("/groups/simulated/projects", params={"include_subgroups": "true"}).json()
    assert plain == {"simulated/worker"}
    assert {each["path_with_namespace"] for each in deep} == {"simulated/worker", GATEWAY}
