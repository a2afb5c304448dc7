"""Any field of any depth, replaced by anything: only the promised outcomes come out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildtimetrend.errors import BadRequest, FetchError, Invalid
from buildtimetrend.model import Build
from buildtimetrend.providers.base import Latest, Received
from buildtimetrend.providers.gitlab import GitLab
from buildtimetrend.settings import Settings
from tests.providers.contract import read
from tests.providers.gitlab.answers import (
    API,
    LIST,
    REPO,
    bridge,
    fetched,
    job,
    node,
    pipeline,
    whole,
)
from tests.providers.server import Reply, Server, serving
from tests.providers.test_mutations import mutated

HOOKS = [json.loads(read("gitlab", f"webhooks/{name}.json")) for name in ("pipeline", "job", "build")]
NODES = [node(1, "build"), node(2, "deploy", "build", kind="Bridge", downstreamPipeline={"id": "x"})]
ANSWERS: dict[str, Any] = {
    f"{LIST}/900": whole(ref="refs/merge-requests/7/head", name="Checks"),
    f"{LIST}/900/jobs": [job(1), job(2, "test 1/2", status="failed", runner_manager={"platform": "linux"})],
    f"{LIST}/900/bridges": [bridge(3, "child", pipeline(901))],
    f"{API}/merge_requests": [
        {"iid": 7, "source_branch": "x", "source_project_id": 9, "target_project_id": 1}
    ],
    "/api/v4/projects/9": {"id": 9, "path_with_namespace": "mona/project"},
    "/api/graphql": {
        "data": {
            "project": {
                "pipeline": {
                    "id": "gid://gitlab/Ci::Pipeline/900",
                    "upstream": {"id": "gid://gitlab/Ci::Pipeline/800", "project": {"fullPath": "a/b"}},
                    "sourceJob": {"id": "gid://gitlab/Ci::Bridge/5", "name": "start"},
                    "jobs": {"nodes": NODES, "pageInfo": {"hasNextPage": False, "endCursor": None}},
                }
            }
        }
    },
    LIST: [pipeline(900, 9), pipeline(899, 8)],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as script:
        yield script


@pytest.fixture(scope="module")
def unverified(server: Server) -> Iterator[GitLab]:
    gitlab = opened(server)
    yield gitlab
    gitlab.close()


def opened(server: Server) -> GitLab:
    return GitLab(Settings.of(gitlab_url=server.url, gitlab_verify=False).section("gitlab"))


@given(document=mutated(HOOKS))
def test_any_payload_is_a_hook_or_refused(unverified: GitLab, document: object) -> None:
    try:
        hook = unverified.receive(Received({}, json.dumps(document).encode()))
    except (Invalid, BadRequest):
        return
    assert hook.state
    if hook.ref is not None:
        assert hook.ref.repo.count("/") >= 1
        assert hook.ref.id is not None
        assert hook.ref.id.isdigit()


@given(path=st.sampled_from(list(ANSWERS)), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_answer_is_a_build_or_an_error(server: Server, path: str, data: st.DataObject) -> None:
    answers = ANSWERS | {path: data.draw(mutated([ANSWERS[path]]))}
    server.routes = {path: Reply(answer) for path, answer in answers.items()}
    gitlab = opened(server)
    try:
        build = fetched(gitlab)
        refs = list(gitlab.select(REPO, Latest(5)))
    except FetchError:
        return
    finally:
        gitlab.close()
    assert isinstance(build, Build)
    assert build.duration is None or build.duration >= 0
    assert all(each.queue_time is None or each.queue_time >= 0 for each in build.jobs)
    assert all(ref.id and ref.id.isdigit() for ref in refs)
