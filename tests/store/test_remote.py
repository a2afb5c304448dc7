"""A store that another instance keeps: what becomes of builds while that is away, or refuses them."""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.model import Value
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.remote import sender
from buildtimetrend.store.remote.outbox import REFUSED
from tests.e2e.processes import Service, free_port
from tests.store.examples import at, build, column, counts, task
from tests.store.owner import TOKEN, owner, remote

pytestmark = pytest.mark.races

ROOT = Path(__file__).parents[2]
AWAY = f"http://127.0.0.1:{free_port()}"


def within(seconds: float, true: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def rows_of(store: Store) -> list[list[tuple[Value, ...]]]:
    """Everything that is stored, in an order that does not depend on when it came."""
    tables = [
        "SELECT * EXCLUDE (repo_id) FROM build ORDER BY ALL",
        "SELECT * EXCLUDE (repo_id, job_key) FROM job ORDER BY ALL",
        """
        SELECT job_id, step.* EXCLUDE (repo_id, job_key)
        FROM step JOIN job USING (repo_id, job_key) ORDER BY ALL
        """,
    ]
    return [list(zip(*store.select(sql).values(), strict=True)) for sql in tables]


class Answering(BaseHTTPRequestHandler):
    """Another instance of which each answer is said beforehand: status, headers and body."""

    answers: list[tuple[int, dict[str, str], object]]
    asked: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status, headers, answer = self.answers.pop(0) if self.answers else (503, {}, {})
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering(*answers: tuple[int, dict[str, str], object]) -> Iterator[tuple[str, list[Any]]]:
    class Handler(Answering):
        pass

    Handler.answers, Handler.asked = list(answers), []
    with listening(Handler) as url:
        yield url, Handler.asked


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_builds_saved_while_the_other_side_is_away_arrive_once_when_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    with closing(remote(tmp_path, f"http://127.0.0.1:{port}")) as store:
        saved = [store.save(build(str(n))) for n in range(30)]
        within(10, lambda: len(entries(tmp_path)) == 30)
        assert not any(future.done() for future in saved)
        with owner(tmp_path, port) as running:
            assert [future.result(30) for future in saved] == [1] * 30
            assert counts(running.store) == (30, 60, 180)
        assert entries(tmp_path) == []


def entries(folder: Path) -> list[bytes]:
    found: list[bytes] = []
    for file in folder.glob("outbox/*/*.db"):
        with closing(sqlite3.connect(file)) as database:
            found += [row[0] for row in database.execute("SELECT body FROM entry ORDER BY id")]
    return found


def test_what_has_no_place_in_the_outbox_fails_while_the_other_side_is_away(tmp_path: Path) -> None:
    with closing(remote(tmp_path, AWAY)) as store:
        for write in (
            store.update_task(task()),
            store.claim("t1", "w", at(0), at(9)),
            store.unsent(at(0), at(0), 5),
            store.prune(at(0)),
            store.add_tasks([task()]),
        ):
            with pytest.raises(StoreUnavailable):
                write.result(60)
        for ask in (store.open_tasks, store.size, lambda: store.select("SELECT 1 AS one")):
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                ask()


def test_builds_that_a_closed_store_could_not_send_are_sent_by_the_next(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    store = remote(tmp_path, url)
    saved = store.save(build(), task())
    store.close()
    with pytest.raises(StoreUnavailable, match="waits in the outbox"):
        saved.result()
    with owner(tmp_path, port) as running, closing(remote(tmp_path, url)):
        within(20, lambda: column(running.store, "SELECT count(*) FROM step") == [6])
        assert counts(running.store) == (1, 2, 6)
        assert column(running.store, "SELECT id FROM task") == ["t1"]


@pytest.mark.servers
def test_a_process_killed_with_builds_in_its_outbox_loses_none(tmp_path: Path) -> None:
    port = free_port()
    program = f"""
import sys, time
from pathlib import Path
from buildtimetrend.store import open_store
from buildtimetrend.store.statements import claims, presence
from buildtimetrend.store.base import Pushing
from tests.store.examples import build
store = open_store("http://127.0.0.1:{port}", pushing=Pushing({TOKEN!r}, Path({str(tmp_path)!r}) / "outbox"))
for number in range(40):
    store.save(build(str(number)))
print("saved", flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "saved\n":
            assert process.poll() is None
        process.kill()
    with owner(tmp_path, port) as running, closing(remote(tmp_path, running.base_url)) as store:
        store.save(build("last")).result(30)
        assert counts(running.store) == (41, 82, 246)


@pytest.mark.servers
def test_the_service_killed_again_and_again_has_what_an_undisturbed_one_has(tmp_path: Path) -> None:
    builds = [build(str(n), start=n) for n in range(120)]
    (tmp_path / "undisturbed").mkdir()
    with owner(tmp_path / "undisturbed") as running:
        for each in builds:
            running.store.save(each)
        running.store.save(builds[-1]).result()
        expected = rows_of(running.store)
    service = Service(
        tmp_path, {"BTT_ADMIN_TOKEN": TOKEN, "BTT_SWEEP_INTERVAL": "0", "BTT_DATA_DETAIL": "extended"}
    )
    with service, closing(remote(tmp_path, service.url)) as store:
        saved = []
        for number, each in enumerate(builds):
            saved.append(store.save(each))
            if number % 40 == 20:
                within(30, saved[number - 10].done)
                service.kill()
                service.start()
        assert [future.result(60) for future in saved] == [1] * len(builds)
        assert service.stop() == 0
    with closing(open_store(f"duckdb:///{service.database}")) as stored:
        assert counts(stored)[0] == len(builds)
        found = rows_of(stored)
    assert found == expected


def test_what_the_other_side_refuses_is_kept_aside_with_its_reason(tmp_path: Path) -> None:
    with (
        owner(tmp_path, denied_repo=("secret",)) as running,
        closing(remote(tmp_path, running.base_url)) as store,
    ):
        good, bad, also_good = (store.save(build(n, repo=f"ann/{n}")) for n in ("a", "secret", "b"))
        assert (good.result(20), also_good.result(20)) == (1, 1)
        with pytest.raises(StoreError, match="do not allow ann/secret"):
            bad.result(20)
        assert counts(running.store)[0] == 2
    assert entries(tmp_path) == []
    [line] = next(tmp_path.glob(f"outbox/*/{REFUSED}")).read_text().splitlines()
    refused = json.loads(line)
    assert "do not allow" in refused["reason"]
    assert refused["write"]["build"]["repo"] == "ann/secret"


def test_two_processes_have_an_outbox_each_and_a_dead_one_s_is_emptied(tmp_path: Path) -> None:
    first, second = remote(tmp_path, AWAY), remote(tmp_path, AWAY)
    first.save(build("1"))
    second.save(build("2"))
    assert len(list(tmp_path.glob("outbox/*/*.db"))) == 2
    assert len(entries(tmp_path)) == 2
    first.close()
    second.close()
    third = remote(tmp_path, AWAY)
    third.save(build("3"))
    assert [json.loads(body)["build"]["id"] for body in entries(tmp_path)] == ["1", "2", "3"]
    third.close()


def test_a_full_outbox_says_so_and_takes_builds_again_once_it_is_emptied(tmp_path: Path) -> None:
    port = free_port()
    with closing(remote(tmp_path, f"http://127.0.0.1:{port}", outbox_size=30_000)) as store:
        saved = [store.save(build(str(n))) for n in range(40)]
        full = [future for future in saved if future.done()]
        assert 0 < len(full) < 40
        with pytest.raises(StoreUnavailable, match=r"is full: \d+ bytes wait.*store.outbox_size"):
            full[0].result()
        with owner(tmp_path, port) as running:
            assert {future.result(30) for future in saved if future not in full} == {1}
            assert store.save(build("last")).result(20) == 1
            assert counts(running.store)[0] == 41 - len(full)


def test_a_pause_that_the_other_side_asks_for_is_kept(tmp_path: Path) -> None:
    done: tuple[int, dict[str, str], object] = (200, {}, {"results": [{"value": 1}]})
    with (
        answering((429, {"Retry-After": "1"}, {}), done) as (url, asked),
        closing(remote(tmp_path, url)) as store,
    ):
        saved = store.save(build())
        within(10, lambda: len(asked) == 1)
        with pytest.raises(StoreUnavailable, match="429"):
            store.claim("t1", "w", at(0), at(9)).result(5)
        assert len(asked) == 1
        assert saved.result(20) == 1
        assert len(asked) == 2


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (302, {"Location": "https://elsewhere.example/"}, "redirect to https://elsewhere.example"),
        (401, {}, "401"),
        (404, {}, "not what a Buildtime Trend says"),
        (409, {}, "409"),
    ],
)
def test_what_somebody_must_put_right_loses_no_build(
    tmp_path: Path, status: int, headers: dict[str, str], said: str
) -> None:
    answer: tuple[int, dict[str, str], object] = (status, headers, {})
    with answering(*[answer] * 50) as (url, asked), closing(remote(tmp_path, url)) as store:
        saved = store.save(build())
        within(10, lambda: len(asked) > 1)
        with pytest.raises(StoreError, match=said):
            store.select("SELECT 1 AS one")
        assert not saved.done()
        assert len(entries(tmp_path)) == 1


def test_a_batch_that_is_refused_as_a_whole_is_sent_one_by_one(tmp_path: Path) -> None:
    done: tuple[int, dict[str, str], object] = (200, {}, {"results": [{"value": 1}]})
    refused: tuple[int, dict[str, str], object] = (413, {}, {"error": {"message": "Too large."}})
    away: tuple[int, dict[str, str], object] = (503, {}, {})
    with (
        answering(away, refused, done, refused, done) as (url, asked),
        closing(remote(tmp_path, url)) as store,
    ):
        saved = [store.save(build(str(n))) for n in range(3)]
        assert saved[0].result(20) == saved[2].result(20) == 1
        with pytest.raises(StoreError, match="Too large"):
            saved[1].result(20)
        assert asked[1][1]["content-encoding"] == "gzip"


def ids_of(asked: list[Any]) -> list[list[str]]:
    """Of the builds of each request."""
    bodies = [gzip.decompress(body) if "content-encoding" in given else body for _, given, body in asked]
    return [[write["build"]["id"] for write in json.loads(body)["writes"]] for body in bodies]


def test_builds_keep_their_order_when_the_other_side_goes_away_amid_a_batch(tmp_path: Path) -> None:
    class Handler(Answering):
        pass

    Handler.answers, Handler.asked = [], []
    with listening(Handler) as url:
        with closing(remote(tmp_path, url)) as store:
            for number in range(4):
                store.save(build(str(number)))
        Handler.asked.clear()
        refused: tuple[int, dict[str, str], object] = (413, {}, {"error": {"message": "Too large."}})
        away: tuple[int, dict[str, str], object] = (503, {}, {})
        for answer in (refused, 1, away, refused, away, 3):
            done = (200, {}, {"results": [{"value": 1}] * answer}) if isinstance(answer, int) else answer
            Handler.answers.append(done)
        with closing(remote(tmp_path, url)):
            within(20, lambda: not entries(tmp_path))
    assert ids_of(Handler.asked) == [
        ["0", "1", "2", "3"],
        ["0"],
        ["1"],
        ["1", "2", "3"],
        ["1"],
        ["1", "2", "3"],
    ]


class Failing(BaseHTTPRequestHandler):
    """Another instance that answers requests with the repo ann/bad with a 500, and takes all others."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        writes = gzip.decompress(body) if "content-encoding" in self.headers else body
        kinds = [write["kind"] for write in json.loads(writes)["writes"]]
        fails = b"ann/bad" in writes
        results = [{"value": True if kind == "claim" else 1} for kind in kinds]
        content = json.dumps({} if fails else {"results": results}).encode()
        self.send_response(500 if fails else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def test_a_build_at_which_the_other_side_always_fails_does_not_hold_up_others_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LONGEST_PAUSE", 0.05)
    with listening(Failing) as url, closing(remote(tmp_path, url)) as store:
        bad = store.save(build("bad", repo="ann/bad"))
        good = [store.save(build(str(n))) for n in range(5)]
        assert [future.result(20) for future in good] == [1] * 5
        assert not bad.done()
        assert len(entries(tmp_path)) == 1
        claimed = 0
        while not bad.done():
            with suppress(StoreUnavailable):
                claimed += store.claim("t1", "w", at(0), at(9)).result(20)
        assert claimed >= sender.MOST_TRIES - 1
        with pytest.raises(StoreError, match="500"):
            bad.result()
    assert entries(tmp_path) == []
    [line] = next(tmp_path.glob(f"outbox/*/{REFUSED}")).read_text().splitlines()
    assert json.loads(line)["write"]["build"]["repo"] == "ann/bad"
    assert "500" in json.loads(line)["reason"]


def test_no_build_is_given_up_while_the_other_side_takes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LONGEST_PAUSE", 0.01)
    with answering() as (url, asked), closing(remote(tmp_path, url)) as store:
        saved = [store.save(build(str(n))) for n in range(3)]
        within(20, lambda: len(asked) > 5 * sender.MOST_TRIES)
        assert not any(future.done() for future in saved)
        assert len(entries(tmp_path)) == 3
