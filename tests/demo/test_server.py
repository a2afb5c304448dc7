import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import httpx
import psutil
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.misbehaviour import Kind
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.demo.server import SimulatedTravis

from .conftest import NOW, V3


def test_it_stops_cleanly_and_leaks_nothing(history: History) -> None:
    def once() -> None:
        with SimulatedTravis(history) as travis, httpx.Client(base_url=travis.url, headers=V3) as client:
            assert client.get("/repo/101").status_code == 200

    once()
    before = (psutil.Process().num_fds(), threading.active_count())
    for _ in range(3):
        once()
    assert (psutil.Process().num_fds(), threading.active_count()) == before


def test_it_stops_while_requests_hang(history: History) -> None:
    with ThreadPoolExecutor() as pool, SimulatedTravis(history) as travis:
        travis.misbehave("*", Kind.NEVER_ANSWER)
        travis.misbehave("*", Kind.ENDLESS_SLOW, seconds=60)
        hanging = [pool.submit(httpx.get, f"{travis.url}/config", timeout=60) for _ in range(2)]
        while travis.requests("/config") < 2:
            assert not any(each.done() for each in hanging)
        travis.stop()
        assert all(isinstance(each.exception(), httpx.TransportError) for each in hanging)


def test_it_can_be_stopped_twice(history: History) -> None:
    travis = SimulatedTravis(history)
    travis.start()
    travis.stop()
    travis.stop()


def test_it_takes_the_port_that_it_is_given(history: History) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with SimulatedTravis(history, port=port) as travis:
        assert travis.url == f"http://127.0.0.1:{port}"


def test_requests_are_counted_by_path(travis: SimulatedTravis, client: httpx.Client) -> None:
    for path in ("/job/101000011", "/job/101000011", "/job/101000012", "/repo/105"):
        client.get(path)
    assert travis.requests("/job/101000011") == 2
    assert travis.requests("/job/*") == 3
    assert client.get("/_requests").json()["/repo/105"] == 1


def test_every_answer_says_that_it_is_simulated(client: httpx.Client) -> None:
    assert {client.get(path).headers["x-simulated"] for path in ("/repo/101", "/config", "/nothing")} == {
        "true"
    }


def test_what_to_expect_can_be_asked_over_http(history: History, client: httpx.Client) -> None:
    answer = client.get("/_expected/simulated/classroom").json()["builds"]
    assert answer == [
        json.loads(json.dumps(asdict(each))) for each in history.expected("simulated/classroom")
    ]
    assert client.get("/_expected/no/body").status_code == 400


@pytest.mark.servers
def test_it_runs_as_a_process_that_serves_the_same_history(history: History) -> None:
    with TravisProcess(history) as travis:
        build = history.build("simulated/numbers", 20)
        assert build is not None
        answer = httpx.get(f"{travis.url}/build/{build.id}", headers=V3).json()
        assert answer["commit"]["sha"] == build.commit.sha
        travis.control("/_misbehave", path="*", kind="server_error")
        assert httpx.get(f"{travis.url}/config").status_code == 503
        url = travis.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.mark.servers
def test_the_process_ends_with_its_caller() -> None:
    start = (
        "import os, signal; from buildtimetrend.demo.history import History;"
        "from buildtimetrend.demo.process import TravisProcess;"
        f"travis = TravisProcess(History(now={NOW})); travis.start(); print(travis.url, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    # The server holds the pipe of the error output: this returns when both processes are gone.
    caller = subprocess.run(
        [sys.executable, "-c", start], capture_output=True, text=True, check=False, timeout=60
    )
    assert caller.returncode == -9
    with pytest.raises(httpx.ConnectError):
        httpx.get(caller.stdout.strip())


def test_it_stops_while_a_client_does_not_read(history: History) -> None:
    threads = threading.active_count()
    with SimulatedTravis(history) as travis, socket.socket() as client:
        travis.misbehave("*", Kind.ENDLESS)
        client.connect(("127.0.0.1", int(travis.url.rpartition(":")[2])))
        client.sendall(b"GET /config HTTP/1.1\r\nhost: simulated\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        travis.stop()
    assert threading.active_count() == threads
