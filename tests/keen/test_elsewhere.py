"""A service whose store another instance keeps."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from buildtimetrend.bootstrap import serving
from tests.keen.requests import AS_MASTER, AS_READER, refused
from tests.keen.service import history, settings
from tests.store.owner import TOKEN, owner


def test_it_answers_for_builds_and_says_where_events_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with owner(tmp_path) as theirs:
        for each in history():
            theirs.store.save(each).result()
        with serving(settings(theirs.url)) as url:
            at = f"{url}/3.0/projects/project-1"
            count = httpx.get(
                f"{at}/queries/count", params={"event_collection": "build_jobs"}, headers=AS_READER
            )
            assert count.json() == {"result": 8}
            query = {"query": {"analysis_type": "count", "event_collection": "posts"}}
            for method, path, body in (
                ("POST", "/events/posts", {"n": 1}),
                ("POST", "/events", {"posts": [{"n": 1}]}),
                ("GET", f"/events/posts?data=eyJuIjoxfQ&api_key={AS_MASTER['Authorization']}", None),
                ("DELETE", "/events/posts", None),
                ("PUT", "/queries/saved/posts", query),
                ("DELETE", "/queries/saved/posts", None),
            ):
                answer = httpx.request(method, f"{at}{path}", json=body, headers=AS_MASTER)
                assert refused(answer, 421, "MisdirectedRequestError"), answer.text
                assert f"to {theirs.base_url}/3.0," in answer.json()["message"]
                assert TOKEN not in answer.text
