"""What steps are known by in every build."""

from __future__ import annotations

import pytest

from buildtimetrend.model import Step
from buildtimetrend.steps import keys, label


def a_step(command: str | None, name: str = "script.1", phase: str = "script", depth: int = 0) -> Step:
    return Step(name, phase, command, 0, 1, depth)


def called(*commands: str | None) -> list[str]:
    """Of the commands of a script, in order."""
    steps = [a_step(command, f"script.{place}") for place, command in enumerate(commands, 1)]
    return [label(key, "script") for key in keys(steps)]


def test_a_step_is_known_by_its_phase_and_its_command_wherever_it_stands() -> None:
    alone, after = keys([a_step("make test")]), keys([a_step("make lint"), a_step("make test", "script.2")])
    assert alone == after[1:] == ["script: make test"]
    assert keys([a_step("make test", "install", "install")]) == ["install: make test"]


def test_equal_commands_count_on() -> None:
    assert called("make", "make lint", "make", "make") == ["make", "make lint", "make (2)", "make (3)"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pip install 'tox'", 'pip  install "tox" '),
        ("travis_retry pip install tox", "pip install tox"),
        ("travis_wait 30 make test", "travis_wait make test"),
        ("git checkout -qf 3f2a9c1d", "git checkout -qf 0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c"),
        ("git fetch origin +refs/pull/7/merge:", "git fetch origin +refs/pull/7137/merge:"),
        ("git clone --branch=master https://h/a.git a", "git clone --branch=topic/x https://h/a.git a"),
        ("wget https://h/tool-1.9.40.zip", "wget https://h/tool-1.10.zip"),
        ("nvm install 10.15.0", "nvm install 12.1.0"),
        ("composer self-update 2.0.0-RC1", "composer self-update v2.0.3"),
        ("curl https://ann:secret@h/x?token=1", "curl https://bob:other@h/x?token=2"),
        ("deploy --key [secure]", "deploy --key ****"),
        ("run /tmp/tmp.aBcDeF123/x.sh", "run /tmp/tmpk3j2/x.sh"),
        ("run /tmp/jenkins48291734.sh", "run /tmp/jenkins99120045.sh"),
        ("log --since 2024-01-31", "log --since 2023-12-01"),
        ("tar c out-20240131T120000Z.tar", "tar c out-20231201T093011Z.tar"),
        ("make -DbuildNumber=99", "make -DbuildNumber=100"),
        ("docker push app:157", "docker push app:1580"),
        ("upload 7b1e3c52-9d1f-4c1b-8a55-0f7a3c1e2d4b", "upload 1c9d8e7f-0a1b-4c2d-9e3f-4a5b6c7d8e9f"),
        ("# Fast ones first\nmake unit", "set -ex\n\ncd src\nexport CI=1\nmake unit"),
        ("docker run --rm \\\n  -v /a:/b \\\n  image", "docker run --rm -v /a:/b image"),
    ],
)
def test_the_same_with_other_values_is_the_same_step(one: str, other: str) -> None:
    assert called(one) == called(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("./test-1.sh", "./test-2.sh"),
        ("nvm install 8", "nvm install 10"),
        ("python3 -m pytest", "python2 -m pytest"),
        ("tox -e py27", "tox -e py310"),
        ("make -j4", "make -j16"),
        ("sha256sum x", "sha512sum x"),
        ("make test", "make tests"),
        ("cd a && make", "cd b && make"),
        ("A=1 make", "A=2 make"),
        ("wget https://h/one.zip", "wget https://h/two.zip"),
        ("bash /tmp/setup.sh", "bash /tmp/teardown.sh"),
        ("run /tmp/python36-env/bin/a", "run /tmp/python27-env/bin/a"),
        ("if [[ $V == '2.6' ]]; then pip install x; fi", "if [[ $V == '2.7' ]]; then pip install x; fi"),
    ],
)
def test_what_people_tell_apart_is_another_step(one: str, other: str) -> None:
    assert called(one) != called(other)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("# Enable the package archive\nsudo apt-get update\nsudo apt-get install x", "sudo apt-get update"),
        ("if [ $A ]; then\n  make a\nfi", "if [ $A ]; then make a"),
        ("make a &&\nmake b", "make a && make b"),
        ("cd src", "cd src"),
        ("set -e\nexport A=1", "export A=1"),
        ("# only a comment", "only a comment"),
        ("REM on Windows\nnmake", "nmake"),
        ("source ~/virtualenv/python3.6/bin/activate", "source ~/virtualenv/python…/bin/activate"),
        ("x" * 300, "x" * 119 + "…"),
    ],
)
def test_people_read_the_first_line_that_does_something(command: str, expected: str) -> None:
    assert called(command) == [expected]


def test_versions_and_ports_that_alone_tell_two_commands_of_a_job_apart_stay() -> None:
    assert called("createdb -p 5432", "createdb -p 5433") == ["createdb -p 5432", "createdb -p 5433"]
    assert called("nvm use 8.1", "make", "nvm use 10.2") == ["nvm use 8.1", "make", "nvm use 10.2"]
    assert called("git log 3f2a9c1d", "git log 0b1c2d3e") == ["git log …", "git log … (2)"]


def test_long_commands_that_end_otherwise_are_told_apart_by_their_ends() -> None:
    start = "apt-get --option " * 10
    one, other = called(start + "one", start + "other")
    assert one.endswith("one")
    assert other.endswith("other")
    assert max(len(one), len(other)) <= 120


@pytest.mark.parametrize(
    ("name", "phase", "command", "key"),
    [
        ("git.checkout", "checkout", "git clone https://h/a.git a", "checkout: git.checkout"),
        ("apt", "setup", "sudo apt-get update", "setup: apt"),
        ("apt.2", "setup", "sudo apt-get install jq", "setup: apt: sudo apt-get install jq"),
        ("apt.2", "setup", None, "setup: apt.2"),
        ("setup.fix_etc_hosts", "setup", None, "setup: setup.fix_etc_hosts"),
        ("install.npm", "install", "npm ci", "install: install.npm"),
        ("Run actions/checkout@v4", "", None, "Run actions/checkout@v4"),
        ("py3.11", "script", None, "script: py3.11"),
        ("install", "script", "make", "script: install"),  # a fold of the project's own
        ("before_install.2", "before_install", "npm ci", "before_install: npm ci"),
        ("git.2", "checkout", "git submodule update", "checkout: git submodule update"),
        ("dpl_0", "deploy", "gem install dpl", "deploy: gem install dpl"),
        ("script.3", "", "make", "make"),
        ("cache.1", "cache", None, "cache: cache"),
        ("", "", None, ""),
    ],
)
def test_a_name_that_a_step_was_given_is_what_it_is_called(
    name: str, phase: str, command: str | None, key: str
) -> None:
    assert keys([a_step(command, name, phase)]) == [key]


def test_without_name_and_command_its_place_is_all_there_is() -> None:
    assert called(None, "make", None) == ["script", "make", "script (2)"]


def test_steps_within_others_count_by_themselves() -> None:
    inner, outer = a_step("make", "make", depth=1), a_step("make")
    assert keys([outer, inner, outer]) == ["script: make", "script: make", "script: make (2)"]


def test_long_and_odd_commands_are_read_in_no_time() -> None:
    for odd in (
        "a" * 10**6,
        "\\\n" * 10**5,
        "/tmp/" + "a1" * 10**5,
        "'\"" * 10**5,
        "1." * 10**5,
        "0" * 10**6,
    ):
        [key] = keys([a_step(odd)])
        assert len(key) <= 130
