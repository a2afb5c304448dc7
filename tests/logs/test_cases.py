"""Small logs that each show one kind of fault which real logs turned up, with what is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.logs import ParsedLog, parse

FOLDER = Path(__file__).parent.parent / "data" / "travis-cases"
RIGHT: dict[str, dict[str, Any]] = {
    path.parent.name: json.loads(path.read_text()) for path in FOLDER.glob("*/right.json")
}
EXITS = {name: right["exit"] for name, right in RIGHT.items() if "exit" in right}
SUMS = {
    name: right["sum_of_depth_0_seconds"]
    for name, right in RIGHT.items()
    if "sum_of_depth_0_seconds" in right
}
STEPS = {name: right["steps"] for name, right in RIGHT.items() if "steps" in right}

# What `right.json` says in words: name, phase and depth of each step.
OUTLINES = {
    "ckeditor-hrtime": [("script.1", "script", 0), ("script-0", "script", 1)],
    "ghdl-make-install": [
        ("script.1", "script", 0),
        ("make", "script", 1),
        ("install", "script", 1),
        ("ghdl.tests", "script", 1),
        ("after_success.1", "after_success", 0),
    ],
    "mcw-microseconds": [("script.1", "script", 0), ("screenshot.0b5", "script", 1)],
    "nested-in-install-three-deep": [
        ("install", "install", 0),
        ("common-packages", "install", 1),
        ("minimal-packages", "install", 2),
        ("bash", "install", 3),
        ("jq", "install", 3),
        ("make", "install", 3),
        ("script.1", "script", 0),
    ],
    "own-fold-named-deploy": [
        ("script.1", "script", 0),
        ("build", "script", 1),
        ("deploy", "script", 1),
        ("script.2", "script", 0),
    ],
    "own-fold-named-install": [
        ("script.1", "script", 0),
        ("prepare", "script", 1),
        ("install", "script", 1),
        ("test", "script", 1),
    ],
    "seconds-clock-inside": [("script.1", "script", 0), ("build", "script", 1)],
    "two-nested-in-before_install": [
        ("before_install", "before_install", 0),
        ("my-apt", "before_install", 1),
        ("my-brew", "before_install", 1),
        ("my-gems", "before_install", 1),
        ("script.1", "script", 0),
    ],
    "typescript-hrtime": [
        ("script.1", "script", 0),
        ("lib-24b1f", "script", 1),
        ("tests-9c0de", "script", 1),
    ],
}


def case(name: str) -> ParsedLog:
    return parse([(FOLDER / name / "job.log").read_bytes()])


@pytest.mark.parametrize("name", sorted(OUTLINES))
def test_names_phases_and_depths_are_those_of_the_tags(name: str) -> None:
    steps = [(step.name, step.phase, step.depth) for step in case(name).steps]
    assert steps == [("git.checkout", "checkout", 0), *OUTLINES[name]]


@pytest.mark.parametrize("name", sorted(SUMS))
def test_time_counts_once_and_none_is_lost(name: str) -> None:
    assert sum(step.duration for step in case(name).steps if step.depth == 0) == pytest.approx(SUMS[name])


@pytest.mark.parametrize("name", sorted(OUTLINES))
def test_inner_steps_lie_on_the_page_where_they_lie_in_the_log(name: str) -> None:
    steps = case(name).steps
    outer = None
    for step in steps:
        if not step.depth:
            outer = step
        elif outer:
            assert outer.started_ns <= step.started_ns <= step.finished_ns <= outer.finished_ns


@pytest.mark.parametrize("name", sorted(STEPS))
def test_phases_follow_from_what_stands_below_a_command(name: str) -> None:
    steps = case(name).steps
    assert [step.phase for step in steps] == [phase for phase, _ in STEPS[name]]
    for step, (_, command) in zip(steps, STEPS[name], strict=True):
        assert (step.command or "").startswith(command)


@pytest.mark.parametrize("name", sorted(set(EXITS) - {"clone-failed"}))
def test_the_exit_tells_command_phase_and_the_commands_own_code(name: str) -> None:
    found = case(name).exit
    assert {key: getattr(found, key) for key in EXITS[name]} == EXITS[name]


def test_a_clone_that_failed_is_a_reason_of_its_own() -> None:
    found = case("clone-failed").exit
    assert (found.reason, found.code, found.phase) == ("clone_failed", None, "checkout")
    assert (found.command or "").startswith("git clone --depth=50 --branch=gone")


def test_a_long_name_is_a_name() -> None:
    inner = [step for step in case("long-block-name").steps if step.depth]
    assert [step.duration for step in inner] == [20.0, 20.0]
    assert len({step.name for step in inner}) == 2
