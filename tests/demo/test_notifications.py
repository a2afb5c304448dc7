import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from buildtimetrend.demo.history import History
from buildtimetrend.demo.server import ACCOUNT_TOKEN, SimulatedTravis
from buildtimetrend.demo.travis.notifications import status_message

from .conftest import V3

NUMBERS = "simulated/numbers"


def payload_of(body: bytes) -> bytes:
    return parse_qs(body.decode())["payload"][0].encode()


def verify(travis: SimulatedTravis, headers: dict[str, str], body: bytes) -> None:
    """As a receiver does it: with the key from `/config`. Raises `InvalidSignature`."""
    config = httpx.get(f"{travis.url}/config").json()["config"]
    key = load_pem_public_key(config["notifications"]["webhook"]["public_key"].encode())
    assert isinstance(key, RSAPublicKey)
    assert key.key_size == 2048
    key.verify(base64.b64decode(headers["signature"]), payload_of(body), PKCS1v15(), SHA1())


def test_the_signature_verifies_with_the_published_key(travis: SimulatedTravis) -> None:
    verify(travis, *travis.webhook(travis.build(NUMBERS, 20)))


@pytest.mark.parametrize("signing", ["wrong", "foreign"])
def test_wrong_and_foreign_signatures_do_not_verify(travis: SimulatedTravis, signing: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(travis, *travis.webhook(travis.build(NUMBERS, 20), signing=signing))


def test_an_unsigned_notification_has_no_proof_at_all(travis: SimulatedTravis) -> None:
    for form in ("new", "old"):
        headers, _ = travis.webhook(travis.build(NUMBERS, 20), form=form, signing="none")
        assert not {"signature", "authorization"} & headers.keys()


def test_a_rotated_key_is_published_and_signs(travis: SimulatedTravis) -> None:
    before, signed_before = travis.public_key, travis.webhook(travis.build(NUMBERS, 20))
    travis.rotate_key()
    assert travis.public_key != before
    verify(travis, *travis.webhook(travis.build(NUMBERS, 20)))
    with pytest.raises(InvalidSignature):
        verify(travis, *signed_before)


def test_the_old_form_proves_its_origin_with_the_account_token(travis: SimulatedTravis) -> None:
    headers, body = travis.webhook(travis.build(NUMBERS, 20), form="old")
    assert headers["authorization"] == hashlib.sha256(f"{NUMBERS}{ACCOUNT_TOKEN}".encode()).hexdigest()
    document = json.loads(payload_of(body))
    assert "state" not in document
    assert {job["state"] for job in document["matrix"]} == {"finished"}


def test_the_payload_tells_what_the_api_tells(travis: SimulatedTravis, client: httpx.Client) -> None:
    for number in travis.history.numbers(NUMBERS)[-30:]:
        build = travis.build(NUMBERS, number)
        document = json.loads(payload_of(travis.webhook(build)[1]))
        answer = client.get(f"/build/{build.id}").json()
        same = ("id", "number", "state", "duration", "started_at", "finished_at", "pull_request_number")
        assert {name: document[name] for name in same} == {name: answer[name] for name in same}
        assert document["type"] == answer["event_type"]
        assert f"{document['repository']['owner_name']}/{document['repository']['name']}" == NUMBERS
        assert [job["id"] for job in document["matrix"]] == [job["id"] for job in answer["jobs"]]
        assert document["status"] == {"passed": 0, "canceled": None}.get(build.state, 1)


@pytest.mark.parametrize(
    ("state", "previous", "message"),
    [
        ("started", "passed", "Pending"),
        ("passed", "passed", "Passed"),
        ("passed", "failed", "Fixed"),
        ("failed", "passed", "Broken"),
        ("failed", None, "Failed"),
        ("failed", "errored", "Still Failing"),
        ("errored", "passed", "Errored"),
        ("canceled", "passed", "Canceled"),
    ],
)
def test_the_status_message_compares_with_the_build_before(
    state: str, previous: str | None, message: str
) -> None:
    assert status_message(state, previous) == message


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A service's webhook address, and what arrived there."""
    received: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/travis", received
        server.shutdown()
        thread.join()


def test_a_notification_is_posted_by_method_and_by_control_path(travis: SimulatedTravis) -> None:
    with receiver() as (url, received):
        assert travis.notify(url, travis.build(NUMBERS, 20)).status_code == 202
        order = {"url": url, "slug": NUMBERS, "number": 20}
        assert httpx.post(f"{travis.url}/_notify", json=order).json()["status"] == 202
    assert len(received) == 2
    assert received[0][1] == received[1][1]
    for headers, body in received:
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        assert headers["travis-repo-slug"] == NUMBERS
        verify(travis, headers, body)


def test_after_a_notification_the_api_is_late(history: History) -> None:
    with SimulatedTravis(history, late_by=1.0) as travis:
        build = travis.build(NUMBERS, 718)
        _, body = travis.webhook(build)
        assert json.loads(payload_of(body))["state"] == build.state
        seen: list[tuple[str, str | None, int | None]] = []
        while not seen or seen[-1][1] is None:
            answer = httpx.get(f"{travis.url}/build/{build.id}", headers=V3).json()
            seen.append((answer["state"], answer["finished_at"], answer["duration"]))
            time.sleep(0.05)
        assert seen[0] == ("started", None, None)
        assert (build.state, None, None) in seen
        assert seen[-1][0] == build.state
        assert seen[-1][2] == build.duration


def test_a_restarted_build_keeps_its_id_and_moves_in_time(
    travis: SimulatedTravis, client: httpx.Client
) -> None:
    before = travis.build(NUMBERS, 300)
    after = travis.restart(NUMBERS, 300)
    assert after.id == before.id
    assert after.attempt == before.attempt + 1
    assert after.started_at is not None
    assert before.finished_at is not None
    assert after.started_at > before.finished_at
    answer = client.get(f"/build/{before.id}").json()
    assert answer["state"] == after.state
    assert answer["duration"] == after.duration
