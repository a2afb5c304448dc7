"""Whatever GitHub says: a build, or an error that names the field; never anything else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend import json_text
from buildtimetrend.errors import BadRequest
from buildtimetrend.model import Build, BuildRef, Hook
from buildtimetrend.providers.base import Received
from buildtimetrend.providers.fields import Fields, WrongField
from buildtimetrend.providers.github import GitHub, jobs
from buildtimetrend.providers.github.runs import run_of
from buildtimetrend.providers.github.workflows.definitions import workflow_of
from buildtimetrend.providers.github.workflows.explained import agrees, explained
from buildtimetrend.providers.github.workflows.graph import Tree
from buildtimetrend.settings import Settings
from buildtimetrend.store.rows import encode
from tests.providers.contract import DATA
from tests.providers.github.answers import REPO, fetched, job, run
from tests.providers.server import Reply, Server
from tests.providers.test_mutations import mutated

HOOKS = [json.loads(path.read_bytes()) for path in sorted((DATA / "github" / "webhooks").glob("*.json"))]
WORKFLOW = {
    "name": "CI",
    "jobs": {
        "a": {
            "name": "build ${{ matrix.os }}",
            "strategy": {"matrix": {"os": ["linux", "mac"], "include": [{"os": "bsd"}]}},
        },
        "b": {"needs": ["a"], "uses": "./.github/workflows/b.yml", "continue-on-error": True},
        "c": {"needs": "b", "environment": {"name": "production"}},
    },
}
PULL = {"number": 5, "base": {}, "head": {}}
NAMES = ["build linux", "build mac", "b / x (1, 2)", "c", "a" * 97 + "..."]


@pytest.fixture(scope="module")
def unverified() -> Iterator[GitHub]:
    github = GitHub(Settings.of(github_verify=False).section("github"))
    yield github
    github.close()


@given(document=mutated(HOOKS), event=st.sampled_from(["workflow_run", "workflow_job", "ping"]))
def test_any_payload_is_a_hook_or_refused(unverified: GitHub, document: object, event: str) -> None:
    try:
        hook = unverified.receive(Received({"x-github-event": event}, json.dumps(document).encode()))
    except BadRequest:
        return
    assert isinstance(hook, Hook)
    assert hook.ref is None or (hook.ref.id or "").isdigit()


def built(told: Any, listed: Any, tree: Tree) -> Build:
    parsed = run_of(Fields(told), "https://api.github.com")
    found = jobs.listed(parsed, Fields(listed).each("jobs"))
    agrees(tree, found, parsed.build.started_at)
    found = explained(tree, found)
    return jobs.ended(parsed, [each.job for each in found], alone=not found)


@given(
    told=mutated([run(), run(event="pull_request", pull_requests=[PULL])]),
    listed=mutated([{"jobs": [job(id, name) for id, name in enumerate(NAMES, 1)]}]),
)
@settings(max_examples=150, deadline=None)
def test_any_answer_is_a_build_that_can_be_stored_or_names_its_field(told: object, listed: object) -> None:
    workflow = workflow_of(json.dumps(WORKFLOW).encode())
    assert workflow
    try:
        answers = [json_text.loads(json.dumps(each)) for each in (told, listed)]
    except orjson.JSONDecodeError:  # NaN never comes this far
        return
    try:
        build = built(answers[0], answers[1], Tree(workflow))
    except WrongField:
        return
    assert all(each.id.isdigit() for each in build.jobs)
    for each in build.jobs:
        assert each.duration is None or each.duration >= 0
        assert each.queue_time is None or each.queue_time >= 0
    encode(build)


@given(document=mutated([WORKFLOW]))
@settings(max_examples=150, deadline=None)
def test_any_workflow_file_is_read(document: object) -> None:
    workflow = workflow_of(json.dumps(document).encode())
    if workflow is not None:
        tree = Tree(workflow)
        assert all(isinstance(tree.matches(name), list) for name in NAMES)


@pytest.mark.parametrize("content", [7, None, "%%%", base64.b64encode(b"\xff\xfe").decode(), ["x"]])
def test_a_file_in_whatever_form_costs_no_build(server: Server, github: GitHub, content: object) -> None:
    server.routes[f"/repos/{REPO}/contents/.github/workflows/ci.yml"] = Reply(
        {"sha": "x", "content": content}
    )
    assert fetched(server, github, run(), [job()]).jobs[0].needs is None
    server.routes[f"/repos/{REPO}/contents/.github/workflows/ci.yml"] = Reply([])
    assert github.fetch(BuildRef("github", github.instance, REPO, "9001")).jobs[0].needs is None
