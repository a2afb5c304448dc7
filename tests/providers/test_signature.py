"""The server's key: cached, refreshed, and never fetched on an attacker's command."""

from __future__ import annotations

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from buildtimetrend.errors import TemporaryError, Unauthorized
from buildtimetrend.providers.travis import signature as signatures
from buildtimetrend.providers.travis.signature import FIRST_PAUSE, KEY_AGE, REFETCH_PAUSE, Verifier, load_key
from tests.providers.signing import key
from tests.tasks.providers import eventually


class KeyServer:
    """Counts the fetches of its key; `index` says which key it has, None that it is out of order."""

    def __init__(self) -> None:
        self.index: int | None = 0
        self.fetches = 0
        self.now = 1000.0

    def fetch(self) -> RSAPublicKey:
        self.fetches += 1
        if self.index is None:
            raise TemporaryError("out of order")
        return key(self.index).public_key()

    def verifier(self) -> Verifier:
        return Verifier(self.fetch, lambda: self.now)


def signature(index: int, payload: bytes = b"{}") -> str:
    return base64.b64encode(key(index).sign(payload, PKCS1v15(), SHA1())).decode()


def test_the_key_is_fetched_once() -> None:
    server = KeyServer()
    verifier = server.verifier()
    for _ in range(5):
        verifier.check(signature(0), b"{}")
    assert server.fetches == 1


def test_an_old_key_is_refreshed() -> None:
    server = KeyServer()
    verifier = server.verifier()
    verifier.check(signature(0), b"{}")
    server.now += KEY_AGE + 1
    verifier.check(signature(0), b"{}")
    eventually(lambda: server.fetches == 2)


def test_an_old_key_serves_on_while_the_server_is_out_of_order() -> None:
    server = KeyServer()
    verifier = server.verifier()
    verifier.check(signature(0), b"{}")
    server.index = None
    server.now += KEY_AGE + 1
    verifier.check(signature(0), b"{}")


def test_a_new_key_is_found_at_the_first_mismatch() -> None:
    server = KeyServer()
    verifier = server.verifier()
    verifier.check(signature(0), b"{}")
    server.index = 1
    server.now += REFETCH_PAUSE + 1
    verifier.check(signature(1), b"{}")
    with pytest.raises(Unauthorized):
        verifier.check(signature(0), b"{}")


def test_forged_signatures_fetch_the_key_once_per_pause_and_never_block_real_ones() -> None:
    server = KeyServer()
    verifier = server.verifier()
    verifier.check(signature(0), b"{}")
    server.now += REFETCH_PAUSE + 1
    for _ in range(50):
        with pytest.raises(Unauthorized):
            verifier.check(signature(1), b"{}")
        verifier.check(signature(0), b"{}")
    assert server.fetches == 2


def test_a_real_notification_passes_while_a_forged_one_waits_for_the_server() -> None:
    server = KeyServer()
    asked, go_on = threading.Event(), threading.Event()
    slow = False

    def fetch() -> RSAPublicKey:
        if slow:
            asked.set()
            assert go_on.wait(10)
        return server.fetch()

    verifier = Verifier(fetch, lambda: server.now)
    verifier.check(signature(0), b"{}")
    slow = True
    server.now += REFETCH_PAUSE + 1
    refused: list[Exception] = []

    def forge() -> None:
        try:
            verifier.check(signature(1), b"{}")
        except Unauthorized as error:
            refused.append(error)

    forger = threading.Thread(target=forge)
    forger.start()
    assert asked.wait(10)
    verifier.check(signature(0), b"{}")
    go_on.set()
    forger.join()
    assert len(refused) == 1


def test_a_server_without_a_key_is_not_asked_for_every_notification() -> None:
    server = KeyServer()
    server.index = None
    verifier = server.verifier()
    for _ in range(5):
        with pytest.raises(TemporaryError, match="out of order") as caught:
            verifier.check(signature(0), b"{}")
        assert caught.value.retry_after == FIRST_PAUSE
    assert server.fetches == 1
    server.index = 0
    server.now += FIRST_PAUSE + 1
    verifier.check(signature(0), b"{}")


def test_one_fetch_serves_all_who_wait_for_it() -> None:
    server, go_on = KeyServer(), threading.Event()

    def fetch() -> RSAPublicKey:
        assert go_on.wait(10)
        return server.fetch()

    verifier = Verifier(fetch)
    with ThreadPoolExecutor(20) as pool:
        checks = [pool.submit(verifier.check, signature(0), b"{}") for _ in range(20)]
        go_on.set()
        assert [check.result() for check in checks] == [None] * 20
    assert server.fetches == 1


def test_a_line_of_any_length_waits_for_a_slow_fetch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "FIRST_WAIT", 0.5)
    server, go_on = KeyServer(), threading.Event()

    def fetch() -> RSAPublicKey:
        assert go_on.wait(20)
        return server.fetch()

    verifier = Verifier(fetch)

    def refused() -> float | None:
        with pytest.raises(TemporaryError, match="is being fetched") as caught:
            verifier.check(signature(0), b"{}")
        return caught.value.retry_after

    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: refused(), range(200)))
    assert time.monotonic() - began < 5  # 25 s if each of the four waited for itself
    assert waits == [FIRST_PAUSE] * 200
    go_on.set()
    eventually(lambda: server.fetches == 1)
    verifier.check(signature(0), b"{}")
    assert server.fetches == 1


def test_while_a_newer_key_cannot_be_fetched_a_mismatch_is_no_proof_of_a_forgery() -> None:
    server = KeyServer()
    verifier = server.verifier()
    verifier.check(signature(0), b"{}")
    server.index = None
    server.now += REFETCH_PAUSE + 1
    for _ in range(3):
        with pytest.raises(TemporaryError, match="out of order"):
            verifier.check(signature(1), b"{}")
        verifier.check(signature(0), b"{}")
    assert server.fetches == 2
    server.index = 1
    server.now += REFETCH_PAUSE + 1
    verifier.check(signature(1), b"{}")


def test_a_fetch_that_fails_in_an_unknown_way_does_not_end_the_fetching() -> None:
    server = KeyServer()
    wrong = True

    def fetch() -> RSAPublicKey:
        if wrong:
            raise RuntimeError("a bug")
        return server.fetch()

    verifier = Verifier(fetch, lambda: server.now)
    with pytest.raises(TemporaryError, match="cannot be fetched"):
        verifier.check(signature(0), b"{}")
    wrong = False
    server.now += FIRST_PAUSE + 1
    verifier.check(signature(0), b"{}")


def test_a_key_of_another_kind_is_a_temporary_error() -> None:
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(TemporaryError, match="not an RSA key"):
        load_key(pem)
