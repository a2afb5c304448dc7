"""Whoever asks for much gets little of the service, and the others theirs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from buildtimetrend.keen import analyses, extraction
from buildtimetrend.web.keen import READING
from tests.keen.requests import AS_READER, AS_WRITER, refused
from tests.keen.service import READ, served


def test_slow_queries_leave_threads_for_everything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    select, may_end, lock = analyses.select, threading.Event(), threading.Lock()
    running: list[int] = [0]
    began = threading.Semaphore(0)

    def slow(*given: Any) -> Any:
        with lock:
            running.append(running[-1] + 1)
        began.release()
        assert may_end.wait(60)
        with lock:
            running.append(running[-1] - 1)
        return select(*given)

    monkeypatch.setattr(analyses, "select", slow)
    asked = {"event_collection": "build_jobs", "api_key": READ}
    with served(tmp_path) as url, ThreadPoolExecutor(20) as threads:
        at = f"{url}/3.0/projects/project-1"
        queries = [
            threads.submit(httpx.get, f"{at}/queries/count", params=asked, timeout=60) for _ in range(20)
        ]
        for _ in range(READING):
            assert began.acquire(timeout=60)
        assert httpx.get(f"{url}/readyz", timeout=60).status_code == 200
        assert httpx.get(url, timeout=60).status_code == 200
        event = httpx.post(f"{at}/events/posts", json={"n": 1}, headers=AS_WRITER, timeout=60)
        assert event.status_code == 201
        may_end.set()
        assert {query.result().json()["result"] for query in queries} == {8}
    assert max(running) == READING


def test_an_extraction_is_bounded_by_its_size(
    http: httpx.Client, three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(**more: Any) -> httpx.Response:
        return http.post("/queries/extraction", json={"event_collection": three, **more}, headers=AS_READER)

    monkeypatch.setattr(extraction, "MOST_CHARACTERS", len('{"n":1}'))
    assert refused(asked(), 400, "ResultTooLargeError")
    assert len(asked(latest=1).json()["result"]) == 1
    none = [{"property_name": "n", "operator": "gt", "property_value": 3}]
    assert asked(filters=none).json()["result"] == []
