from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildtimetrend.logs.travis.worker import HEADINGS, seconds
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


CASES = Path(__file__).parents[1] / "data" / "travis-cases"


@pytest.mark.parametrize(
    "name", ["windows-worker", "text-before-worker", "lsb-release-heading", "blank-lines-and-nl"]
)
def test_the_worker_of_each_case_is_what_a_reader_finds(name: str) -> None:
    right = json.loads((CASES / name / "right.json").read_text())
    worker = read((CASES / name / "job.log").read_bytes()).worker
    assert {field: getattr(worker, field) for field in right.get("worker", {})} == right.get("worker", {})
    assert set(right.get("worker_facts_include", ())) <= set(worker.facts)
    assert worker.facts.get("Build language") == right.get("language", worker.facts.get("Build language"))


def of(
    host: str = "f0b6@1.worker-org-86-g9.gce-production-2", instance: str = "x", text: bytes = b""
) -> Worker:
    """Of a machine on a cloud where systems of several kinds ran, as far as it says no more than this."""
    info = f"hostname: {host}\nversion: v6.2.1\ninstance: {instance} (via amqp)\nstartup: 7.1s\n".encode()
    title = b"\x1b[33;1mWorker information\x1b[0m\n"
    checkout = fold("git.checkout", timed("0a573866", 0, S, "git clone"))
    return read(fold("worker_info", title + info), text, checkout).worker


@pytest.mark.parametrize(
    ("image", "os"),
    [
        ("travis-ci-onion-1803-containers-1542208204-ad01dca", "windows"),
        ("travis-ci-windows-1809-containers-1571246453", "windows"),
        ("travis-ci-ruby-1909-containers-1", "windows"),
        ("travis-job-1 win-2019-base", "windows"),
        ("travis-ci-sardonyx-xenial-1547455648-2c98a19", "linux"),
        ("travis-ci-garnet-trusty-1512502259-986baf0", "linux"),
        ("travis-ci-ubuntu-2004-1629808129-e3ce5d3f", "linux"),
        ("travis-job-1 ubuntu-focal-arm64", "linux"),
        ("8a2c:travis-ci-macos10.14-xcode11-1559", "osx"),
        ("7dd2:travis-xcode9.4-1529955246", "osx"),
        ("travis-job-1 freebsd-12-1", "freebsd"),
        ("travis-job-1 the-winner", None),
    ],
)
def test_the_image_tells_the_operating_system_where_the_cloud_does_not(image: str, os: str | None) -> None:
    assert of(instance=image).os == os


@pytest.mark.parametrize(
    ("text", "os"),
    [
        (
            b"Secret environment variables are not obfuscated on Windows, please refer to our docs\r\n",
            "windows",
        ),
        (b"\r\nMicrosoft Windows [Version 10.0.17763.678]\r\n", "windows"),
        (b"\r\nOS Name:                   Microsoft Windows Server 2019 Datacenter\r\n", "windows"),
        (b"\r\nRuntime kernel version: 2.11.2(0.329/5/3)\r\n", "windows"),
        (b"\r\nRuntime kernel version: 3.0.7-338.x86_64\r\n", "windows"),
        (b"\r\nGNU bash, version 4.4.23(1)-release (x86_64-pc-msys)\r\n", "windows"),
        (b"\r\nRuntime kernel version: 12.1-RELEASE-p5\r\n", "freebsd"),
        (b"\r\nGNU bash, version 5.0.17(3)-release (amd64-portbld-freebsd12.1)\r\n", "freebsd"),
        (b"\r\nRuntime kernel version: 18.5.0\r\n", "osx"),
        (b"\r\nProductName:\tmacOS\r\nProductVersion:\t12.3\r\n", "osx"),
        (b"\r\nRuntime kernel version: 5.4.0-1026-aws\r\n", "linux"),
        (b"\r\nRuntime kernel version: 3.10.0-1127.el7.x86_64\r\n", "linux"),
        (b"\r\nBuild dist: bionic\r\n", "linux"),
        (b"\r\nnothing that tells\r\n", None),
    ],
)
def test_the_text_tells_the_operating_system_where_the_image_does_not(text: bytes, os: str | None) -> None:
    assert of(text=text).os == os


def test_what_a_command_prints_tells_nothing_of_the_operating_system() -> None:
    assert of(text=timed("0a", 0, S, "cat README") + b"Microsoft Windows\r\n").os is None


@pytest.mark.parametrize(
    ("text", "arch"),
    [
        (b"GNU bash, version 5.0.17(1)-release (aarch64-unknown-linux-gnu)", "arm64"),
        (b"GNU bash, version 4.4.20(1)-release (powerpc64le-unknown-linux-gnu)", "ppc64le"),
        (b"GNU bash, version 4.4.20(1)-release (s390x-ibm-linux-gnu)", "s390x"),
        (b"GNU bash, version 5.0.17(3)-release (amd64-portbld-freebsd12.1)", "amd64"),
        (b"GNU bash, version 3.2.57(1)-release (x86_64-apple-darwin18)", "amd64"),
    ],
)
def test_the_shells_own_name_tells_the_processor_on_every_system(text: bytes, arch: str) -> None:
    assert of(text=b"\r\n" + text + b"\r\n").arch == arch


@pytest.mark.parametrize("arch", ["arm64", "ppc64le", "s390x"])
def test_the_machines_name_tells_the_processor_where_nothing_else_does(arch: str) -> None:
    assert of(instance=f"travis-job-1 ubuntu-1804-{arch}").arch == arch
    assert of(host=f"worker-com-{arch}-production-1").arch == arch
    assert of(host=f"worker-x{arch}x").arch is None


@pytest.mark.parametrize(
    "before",
    [b"", b"\r\n\r\n", b"\x1b[33;1mWARNING\x1b[0m: no .travis.yml file.\r\n\r\n", b"x" * 3000 + b"\n"],
)
def test_text_and_blank_lines_may_stand_before_and_between_the_facts(before: bytes) -> None:
    spaced = SYSTEM.replace(b"\r\n", b"\r\n\r\n").replace(b"Build group", b"nlBuild group")
    worker = read(before, INFO.replace(b"\n", b"\n\n"), before, spaced).worker
    assert worker == read(INFO, SYSTEM).worker
    assert worker.facts["Build group"] == "stable"
    old = read(before, b"Using worker: worker-linux-1-1.example.org:travis-linux-18\r\n").worker
    assert (old.hostname, old.instance) == ("worker-linux-1-1.example.org", "travis-linux-18")


@pytest.mark.parametrize(
    "heading",
    [b"lsb_release -a", b"Operating System", b"System release", b"cat /etc/lsb-release", b"\x1b[0K"],
)
def test_the_system_is_known_below_any_heading(heading: bytes) -> None:
    log = SYSTEM.replace(b"Operating System Details", heading).replace(b"Build dist: bionic\r\n", b"")
    worker = read(log).worker
    assert (worker.os, worker.dist, worker.arch) == ("linux", "bionic", "amd64")


def test_facts_are_known_without_a_fold_and_in_any_order() -> None:
    folds = (b"travis_fold:start:system_info\r\x1b[0K", b"travis_fold:end:system_info\r\x1b[0K")
    bare = SYSTEM.replace(folds[0], b"").replace(folds[1], b"")
    worker = read(bare, INFO).worker
    assert (worker.os, worker.dist, worker.arch) == ("linux", "bionic", "amd64")
    assert worker.facts["Build language"] == "ruby"
    assert worker.hostname == read(INFO).worker.hostname


def test_the_repos_name_is_no_image() -> None:
    machine = b"instance: travis-job-microsoft-arm64-tools-12 travis-ci-sardonyx-xenial-1553530528 (via amqp)"
    worker = read(
        fold("worker_info", b"Worker information\r\nhostname: a-gce-1\r\n" + machine + b"\r\n")
    ).worker
    assert (worker.os, worker.arch) == ("linux", None)


@pytest.mark.parametrize("above", [b"", b"\x1b[33mx\n", b"\n\x1b[33mx\n" * 200])
@pytest.mark.parametrize("below", [b"\n\x1b[0K", b"\n\x1b[0KBuild id: 1", b"\n", b"\n\n\x1b[0K"])
@pytest.mark.parametrize("heading", HEADINGS)
def test_a_log_may_end_in_the_title_below_a_heading(heading: bytes, below: bytes, above: bytes) -> None:
    assert read(above + heading + below).worker == Worker()
    assert read(INFO, above + heading + below).worker.hostname == read(INFO).worker.hostname
