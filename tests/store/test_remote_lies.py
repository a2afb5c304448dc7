"""The other side answers what it did not do, or nothing to be understood: no build is lost over that."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.store.remote import client
from tests.store.examples import at, build
from tests.store.owner import remote
from tests.store.test_remote import answering, entries, within

DONE: tuple[int, dict[str, str], object] = (200, {}, {"results": [{"value": 1}]})


@pytest.mark.parametrize(
    "lie",
    [
        {"results": [{}]},
        {"results": []},
        {"results": [{"value": 1}, {"value": 1}]},
        {"results": [{"value": None}]},
        {"results": [{"value": "stored"}]},
        {"results": [{"value": 1, "error": {"message": "no"}}]},
        {"results": [{"error": {}}]},
        {"results": [{"error": "no"}]},
        {"results": [None]},
        {"results": {"0": {"value": 1}}},
        {"results": None},
        {},
        [],
        None,
        5,
        "ok",
    ],
)
def test_a_build_that_was_not_confirmed_stays_until_it_is(lie: object, tmp_path: Path) -> None:
    with answering((200, {}, lie), DONE) as (url, asked), closing(remote(tmp_path, url)) as store:
        saved = store.save(build())
        within(10, lambda: len(asked) == 1)
        assert saved.result(20) == 1
        assert len(asked) == 2
        assert entries(tmp_path) == []


def test_of_several_builds_none_is_taken_for_stored_by_an_answer_about_one(tmp_path: Path) -> None:
    both: tuple[int, dict[str, str], object] = (200, {}, {"results": [{"value": 1}, {"value": 2}]})
    away: tuple[int, dict[str, str], object] = (503, {}, {})
    with answering(away, DONE, both) as (url, asked), closing(remote(tmp_path, url)) as store:
        saved = [store.save(build("1"), patience=0.2), store.save(build("2"))]
        assert [future.result(20) for future in saved] == [1, 2]
        assert len(asked) == 3


@pytest.mark.parametrize("value", [None, "yes", [], {}])
def test_a_claim_is_nobody_s_by_an_answer_that_does_not_say_so(value: object, tmp_path: Path) -> None:
    lie: tuple[int, dict[str, str], object] = (200, {}, {"results": [{"value": value}]})
    with (
        answering(*[lie] * 5) as (url, _),
        closing(remote(tmp_path, url)) as store,
        pytest.raises(StoreUnavailable, match="what became of each write"),
    ):
        store.claim("t1", "w", at(0), at(9)).result(60)


@pytest.mark.parametrize(
    "lie",
    [
        {},
        [],
        {"columns": {"one": [1], "two": []}, "instants": []},
        {"columns": {"one": 1}, "instants": []},
        {"columns": {"one": [1]}, "instants": ["two"]},
        {"columns": {"one": [1]}, "instants": ["one"]},
        {"columns": {"one": ["soon"]}, "instants": ["one"]},
    ],
)
def test_a_query_whose_answer_is_none_fails_for_now(lie: object, tmp_path: Path) -> None:
    with (
        answering((200, {}, lie)) as (url, _),
        closing(remote(tmp_path, url)) as store,
        pytest.raises(StoreUnavailable, match="is not one to what it was asked"),
    ):
        store.select("SELECT 1 AS one")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_an_answer_that_drips_holds_nobody_longer_than_the_whole_may_take(
    head: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "WHOLE", 1.0)
    with dripping(head) as url, closing(remote(tmp_path, url)) as store:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            store.select("SELECT 1 AS one")
        assert time.monotonic() - began < 10
        store.save(build())
        began = time.monotonic()
    assert time.monotonic() - began < 10  # closing
    assert len(entries(tmp_path)) == 1


@contextmanager
def dripping(head: bytes) -> Iterator[str]:
    """Answers at once with `head`, then with a byte of headers or content each tenth of a second."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_drip, args=(listening, head, ended), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        ended.set()


def _drip(listening: socket.socket, head: bytes, ended: threading.Event) -> None:
    def serve(sock: Any) -> None:
        with sock:
            try:
                sock.sendall(head)
                while not ended.wait(0.1):
                    sock.sendall(b"H")
            except OSError:
                return

    while not ended.is_set():
        try:
            sock, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


@pytest.mark.parametrize(
    "location", ["http://xn--/", "http://[::1", "http://a:b/", "//[", "\xe2\x84\x80", "http:///x"]
)
@pytest.mark.parametrize("status", [300, 301, 302, 307, 399])
def test_wherever_a_redirect_leads_it_is_a_clear_error(location: str, status: int) -> None:
    with (
        answering((status, {"Location": location}, {})) as (url, _),
        closing(client.InstanceClient(url, "")) as asking,
        pytest.raises(StoreError, match=r"redirect|cannot be (reached|understood)"),
    ):
        asking.post("/writes", b"{}")
