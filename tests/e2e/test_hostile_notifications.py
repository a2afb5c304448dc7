"""Notifications that somebody copies, and a CI that keeps its key to itself: on a real service."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.e2e.dripping import dripping
from tests.e2e.processes import Service
from tests.providers import signing
from tests.providers.server import Reply, serving
from tests.tasks.providers import eventually

# What Travis CI waits for an answer.
TRAVIS_WAITS = 10.0


def test_one_signed_payload_in_many_forms_is_collected_once(tmp_path: Path) -> None:
    body = signing.form("passed")
    headers = signing.signed(body)
    with serving() as travis, httpx.Client() as client:
        travis.routes["/config"] = signing.config()
        travis.otherwise = Reply({"@type": "error", "error_type": "not_found"}, 404)
        environment = {"BTT_TRAVIS_API_URL": travis.url, "BTT_TRAVIS_DELAY": "0", "BTT_SWEEP_INTERVAL": "0"}
        with Service(tmp_path, environment) as service:
            for number in range(100):
                copy = body + b"&x=%d" % number if number % 2 else b"x=%d&" % number + body
                answer = client.post(f"{service.url}/travis", content=copy, headers=headers)
                assert answer.status_code == 202
                assert ("was received before" in answer.text) == (number > 0)
            eventually(lambda: len(travis.asked) > 1)
            time.sleep(0.5)  # whatever else was scheduled, without a delay, would have been asked for
            assert len(travis.asked) < 6


@pytest.mark.parametrize("head_at_once", [True, False])
def test_notifications_are_answered_in_time_while_the_key_drips(tmp_path: Path, head_at_once: bool) -> None:
    body = signing.form("passed")
    headers = signing.signed(body)

    def notify() -> tuple[float, httpx.Response]:
        began = time.monotonic()
        answer = client.post(f"{service.url}/travis", content=body, headers=headers)
        return time.monotonic() - began, answer

    with dripping(head_at_once=head_at_once) as travis, httpx.Client(timeout=60) as client:
        environment = {"BTT_TRAVIS_API_URL": travis.url, "BTT_SWEEP_INTERVAL": "0"}
        with Service(tmp_path, environment) as service, ThreadPoolExecutor(40) as pool:
            client.get(f"{service.url}/dashboard").raise_for_status()
            sent = [pool.submit(notify) for _ in range(120)]
            pages = []
            while not all(future.done() for future in sent):
                began = time.monotonic()
                client.get(f"{service.url}/dashboard").raise_for_status()
                pages.append(time.monotonic() - began)
                time.sleep(0.1)
            answers = [future.result() for future in sent]
    assert {answer.status_code for _, answer in answers} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for _, answer in answers)
    assert max(seconds for seconds, _ in answers) < TRAVIS_WAITS
    assert max(pages) < 5
    assert len(travis.asked) <= 3
