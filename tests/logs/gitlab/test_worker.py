"""What the head of a trace says about the runner and the machine."""

from __future__ import annotations

import pytest

from tests.logs.gitlab.writing import command, read, section, stamped, start

VERSION = b"\x1b[0KRunning with gitlab-runner 18.4.0 (139a0ac0)\x1b[0;m\n"


def head(on: str, *more: str) -> bytes:
    return VERSION + b"".join(b"\x1b[0K%s\x1b[0;m\n" % line.encode() for line in (f"  on {on}", *more))


@pytest.mark.parametrize(
    ("on", "name", "system"),
    [
        ("docker-runner aQXkPm3na, system ID: r_XLxsrsZKarbT", "docker-runner", "r_XLxsrsZKarbT"),
        ("Ionic Deploy Runner c9648220a, system ID: r_y2wg", "Ionic Deploy Runner", "r_y2wg"),
        ("docker-auto-scale-com 30d62d59", "docker-auto-scale-com", None),
        ("kitsune minikube (a21b584f)", "kitsune minikube", None),
        (
            "green-4.saas-linux-small-amd64.runners-manager.gitlab.com/default ntHFEtyX, system ID: s_89",
            "green-4.saas-linux-small-amd64.runners-manager.gitlab.com/default",
            "s_89",
        ),
        ("lonely", "lonely", None),
    ],
)
def test_the_runner_has_a_name_and_a_version(on: str, name: str, system: str | None) -> None:
    worker = read(head(on)).worker
    assert (worker.name, worker.facts.get("System ID")) == (name, system)
    assert worker.facts["Runner version"] == "18.4.0 (139a0ac0)"


@pytest.mark.parametrize(
    ("lines", "facts"),
    [
        (
            ['Preparing the "docker+machine" executor', "Using Docker executor with image ruby:3.2 ..."],
            {"Executor": "docker+machine", "Image": "ruby:3.2"},
        ),
        (["Using Docker executor with image alpine ..."], {"Executor": "docker", "Image": "alpine"}),
        (
            [
                'Preparing the "kubernetes" executor',
                "Using Kubernetes namespace: ci",
                "Using Kubernetes executor with image cr.example/tool:0.2 ...",
            ],
            {"Executor": "kubernetes", "Kubernetes namespace": "ci", "Image": "cr.example/tool:0.2"},
        ),
        (["Using Shell (bash) executor..."], {"Executor": "shell", "Shell": "bash"}),
    ],
)
def test_the_executor_and_its_image_are_facts(lines: list[str], facts: dict[str, str]) -> None:
    told = dict(read(head("r t", *lines)).worker.facts)
    assert told.pop("Runner version")
    assert told == facts


def test_the_machine_is_named_where_it_runs() -> None:
    on = section(
        "prepare_script", 1, 2, b"Running on runner-x-project-4-concurrent-0 via node-7.example...\n"
    )
    worker = read(head("r t"), on).worker
    assert (worker.hostname, worker.instance) == ("runner-x-project-4-concurrent-0", "node-7.example")
    assert read(head("r t"), b"Running on pc...\n").worker.hostname == "pc"


def test_windows_is_known_by_its_executor() -> None:
    assert read(head("r t", 'Preparing the "docker-windows" executor')).worker.os == "windows"
    assert read(head("r t", 'Preparing the "docker" executor')).worker.os is None


def test_stamps_before_its_lines_change_nothing() -> None:
    trace = head("docker-runner aQXkPm3na, system ID: r_X", 'Preparing the "docker" executor')
    assert read(stamped(trace)).worker == read(trace).worker


def test_what_a_script_says_is_not_the_machine() -> None:
    said = command("cat log") + b"Running on elsewhere...\nUsing Shell (bash) executor...\n"
    worker = read(head("r t"), section("get_sources", 0, 1), start("step_script", 2), said).worker
    assert (worker.hostname, [*worker.facts]) == (None, ["Runner version"])
    assert read(b"Running on nothing that is known\n").worker.name is None
