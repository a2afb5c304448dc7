from __future__ import annotations

import pytest

from buildtimetrend.logs.travis_worker import seconds
from buildtimetrend.model import Worker
from tests.logs.recorded import recorded
from tests.logs.writing import S, fold, read, timed

INFO = (
    b"travis_fold:start:worker_info\r\x1b[0K\x1b[33;1mWorker information\x1b[0m\n"
    b"hostname: b76fa966@1.worker-org-8596d965b9-g9746.gce-staging-1\n"
    b"version: v6.2.1 https://github.com/travis-ci/worker/tree/4e3246c\n"
    b"instance: travis-job-533528ec travis-ci-ubuntu-1804-1566560955 (via amqp)\n"
    b"startup: 6.727711873s\n"
    b"travis_fold:end:worker_info\r\x1b[0K"
)
SYSTEM = (
    b"travis_fold:start:system_info\r\x1b[0K\x1b[33;1mBuild system information\x1b[0m\r\n"
    b"Build language: ruby\r\nBuild group: stable\r\nBuild dist: bionic\r\nBuild id: ''\r\nJob id: 747597\r\n"
    b"Runtime kernel version: 4.15.0-1040-gcp\r\ntravis-build version: 6303b206\r\n"
    b"\x1b[34m\x1b[1mOperating System Details\x1b[0m\r\n"
    b"Distributor ID:\tUbuntu\r\nDescription:\tUbuntu 18.04.2 LTS\r\nRelease:\t18.04\r\nCodename:\tbionic\r\n"
    b"\x1b[34m\x1b[1mbash version\x1b[0m\r\nGNU bash, version 4.4.20(1)-release (x86_64-pc-linux-gnu)\r\n"
    b"travis_fold:end:system_info\r\x1b[0K\r\n"
)


def test_the_worker_info_fold_names_the_machine() -> None:
    worker = read(INFO).worker
    assert worker.hostname == "b76fa966@1.worker-org-8596d965b9-g9746.gce-staging-1"
    assert worker.instance == "travis-job-533528ec travis-ci-ubuntu-1804-1566560955 (via amqp)"
    assert worker.boot_time == pytest.approx(6.727711873)
    assert worker.os == "linux"
    assert worker.facts == {"version": "v6.2.1 https://github.com/travis-ci/worker/tree/4e3246c"}


def test_the_system_info_fold_tells_the_rest() -> None:
    worker = read(INFO, timed("1c26be1a", 0, S, suffix=",event=agent"), SYSTEM).worker
    assert (worker.dist, worker.arch) == ("bionic", "amd64")
    assert worker.facts["Build language"] == "ruby"
    assert worker.facts["Runtime kernel version"] == "4.15.0-1040-gcp"
    assert worker.facts["travis-build version"] == "6303b206"
    assert worker.facts["Description"] == "Ubuntu 18.04.2 LTS"
    assert "Build id" not in worker.facts


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r\r\n"])
def test_line_ends_make_no_difference(newline: bytes) -> None:
    log = (INFO + SYSTEM).replace(b"\r\n", b"\n").replace(b"\n", newline)
    assert read(log).worker == read(INFO, SYSTEM).worker


def test_the_first_line_of_an_old_log_names_the_machine() -> None:
    worker = read(b"Using worker: worker-linux-5-2.bb.travis-ci.org:travis-linux-4\n\n").worker
    assert (worker.hostname, worker.instance) == ("worker-linux-5-2.bb.travis-ci.org", "travis-linux-4")
    assert worker.os == "linux"


@pytest.mark.parametrize(
    ("instance", "os"),
    [
        ("travis-ci-windows-1809-containers (via amqp)", "windows"),
        ("8a2c:travis-ci-macos10.14-xcode11 (via amqp)", "osx"),
        ("e162c7b:travis:python", None),
    ],
)
def test_the_operating_system_is_known_by_the_machines_name(instance: str, os: str | None) -> None:
    log = INFO.replace(b"gce-staging-1", b"1").replace(
        b"travis-job-533528ec travis-ci-ubuntu-1804-1566560955 (via amqp)", instance.encode()
    )
    assert read(log).worker.os == os


def test_a_mac_is_known_by_its_hostname() -> None:
    assert read(INFO.replace(b"gce-staging-1", b"macstadium-prod-1")).worker.os == "osx"


def test_output_below_the_first_command_says_nothing_about_the_worker() -> None:
    checkout = fold("git.checkout", timed("0a573866", 0, S, "git clone"))
    assert read(checkout, timed("11631b70", S, S, "cat"), INFO, SYSTEM).worker == Worker()
    assert read(INFO, checkout, SYSTEM).worker == read(INFO).worker


def test_facts_are_bounded() -> None:
    flood = b"".join(b"key%d: %s\n" % (n, b"v" * 900) for n in range(10_000))
    worker = read(INFO.replace(b"startup", flood + b"startup")).worker
    assert len(worker.facts) <= 40
    assert all(len(value) <= 300 for value in worker.facts.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("508.033617ms", 0.508033617),
        ("1m2.3s", 62.3),
        ("6.727711873s", 6.727711873),
        ("2h0m0s", 7200.0),
        ("15µs", 0.000015),
        ("0s", 0.0),
        ("", None),
        ("soon", None),
        ("1m2.3s!", None),
    ],
)
def test_go_durations(text: str, expected: float | None) -> None:
    assert seconds(text) == (None if expected is None else pytest.approx(expected))


def test_recorded_heads_of_each_age() -> None:
    old = read(recorded("33664717.log")).worker
    assert (old.hostname, old.instance) == ("worker-linux-5-2.bb.travis-ci.org", "travis-linux-4")
    middle = read(recorded("107475404.log")).worker
    assert (middle.os, middle.dist, middle.facts["Build language"]) == ("linux", "precise", "python")
    new = read(recorded("677867560.log")).worker
    assert (new.os, new.dist, new.arch) == ("linux", "xenial", "amd64")
    assert new.boot_time == pytest.approx(6.19511177)
