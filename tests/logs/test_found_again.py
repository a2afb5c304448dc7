"""Steps of a build that are found again in the next one of the same repo, over the recorded logs.

Printed with `pytest -s`; docs/decisions.md has the figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from buildtimetrend.logs import parse
from buildtimetrend.model import Step
from buildtimetrend.steps import keys
from tests.logs.recorded import NAMES, recorded

Steps: TypeAlias = Sequence[Step]

# One repo and one entry of its matrix each, in this order; what .travis.yml says did not change between them.
PAIRS = (
    ("651071534.log", "654605639.log"),
    ("Cal-CS-61A-Staff-ok-71124742.log", "71127915.log"),
    ("367963035.log", "387279901.log"),
    ("157259480.log", "160772310.log"),
    (
        "cd6e5a5677fddc01e3b6a1d1fd0313790f4d64f4-22.1.log",
        "cd6e5a5677fddc01e3b6a1d1fd0313790f4d64f4-22.2.log",
    ),
    (
        "03d42a6cd83b32385e4949b11195cf5e3a683014-40.1.log",
        "db2f873bc6b7b379e66f1e87621f659843bb52dd-109.1.log",
    ),
)
PHASES = ("before_install", "install", "before_script", "script", "after_success", "after_script")
ADDED = "make added"
# What Travis CI itself writes into its commands: another branch, pull request, commit.
NEXT = (
    (rb"--branch=\S+", b"--branch=topic/next"),
    (rb"refs/pull/\d+/", b"refs/pull/98765/"),
    (rb"checkout -qf [0-9a-f]{7,40}", b"checkout -qf 0123456789abcdef0123456789abcdef01234567"),
)


def steps_of(log: bytes) -> list[Step]:
    return [step for step in parse([log]).steps if step.depth == 0]


def next_build(log: bytes) -> bytes:
    for pattern, instead in NEXT:
        log = re.sub(pattern, instead, log)
    return log


def with_command(log: bytes, phase: str) -> bytes | None:
    """The log of the same job with a command in front of that phase's, numbered as Travis CI does."""
    first = next((step for step in steps_of(log) if step.phase == phase), None)
    if first is None:
        return None
    block = (
        b"travis_time:start:0add0add\r\x1b[0K$ %s\r\ntravis_time:end:0add0add:"
        b"start=%d,finish=%d,duration=1000000\r\x1b[0K"
        % (ADDED.encode(), first.started_ns - 1_000_000, first.started_ns)
    )
    if phase == "script":  # it alone has no fold
        place = _start_of(log, first)
        told = b'\r\n\x1b[32;1mThe command "%s" exited with 0.\x1b[0m\r\n' % ADDED.encode()
        return None if place is None else log[:place] + block + told + log[place:]
    folds = re.compile(rb"travis_fold:(start|end):%s(?:\.(\d+))?(?=[\r\n\x1b])" % phase.encode())

    def renumbered(tag: re.Match[bytes]) -> bytes:
        return b"travis_fold:%s:%s.%d" % (tag[1], phase.encode(), int(tag[2] or 1) + 1)

    start, end = (b"travis_fold:%s:%s.1\r\x1b[0K" % (word, phase.encode()) for word in (b"start", b"end"))
    around = folds.search(log) or re.search(rb"travis_fold:start:%s" % first.name.encode(), log)
    if around is None:
        return None
    return log[: around.start()] + start + block + end + folds.sub(renumbered, log[around.start() :])


def _start_of(log: bytes, step: Step) -> int | None:
    end = re.search(rb"travis_time:end:([^:]+):start=%d," % step.started_ns, log)
    place = log.find(b"travis_time:start:%s" % end[1]) if end else -1
    return place if place >= 0 else None


def found_again(
    pairs: Iterator[tuple[Steps, Steps]], known_by: Callable[[Steps], Sequence[str]]
) -> tuple[float, float]:
    """Of what the configuration says, in the first ones: the share that is in the second, and is the same."""
    steps = found = right = 0
    for before, after in pairs:
        there = dict(zip(known_by(after), after, strict=True))
        for key, step in zip(known_by(before), before, strict=True):
            if step.phase not in PHASES:
                continue
            other = there.get(key)
            steps += 1
            found += other is not None
            right += other is not None and _fixed(other) == _fixed(step)
    assert steps > 100
    return found / steps, right / steps


def _fixed(step: Step) -> str:
    """What of its command Travis CI does not fill in."""
    return re.sub(r"--branch=\S+ |refs/pull/\d+|checkout -qf \S+", "", step.command or "")


def names(steps: Steps) -> list[str]:
    return [step.name for step in steps]


def unchanged() -> Iterator[tuple[Steps, Steps]]:
    for one, other in PAIRS:
        yield steps_of(recorded(one)), steps_of(recorded(other))
    for name in NAMES:
        yield steps_of(recorded(name)), steps_of(next_build(recorded(name)))


def one_added() -> Iterator[tuple[Steps, Steps]]:
    for name in NAMES:
        for phase in PHASES:
            log = with_command(recorded(name), phase)
            if log is not None:
                after = steps_of(next_build(log))
                assert [step.phase for step in after if step.command == ADDED] == [phase]
                yield steps_of(recorded(name)), after


def test_steps_are_found_again_where_the_configuration_did_not_change() -> None:
    by_name, by_key = found_again(unchanged(), names), found_again(unchanged(), keys)
    print(f"unchanged: by name {by_name}, by key {by_key}")
    assert by_key[0] == by_key[1] >= 0.95


def test_steps_are_found_again_where_one_command_was_added_in_front() -> None:
    by_name, by_key = found_again(one_added(), names), found_again(one_added(), keys)
    print(f"one command added: by name {by_name}, by key {by_key}")
    assert by_key[0] == by_key[1] >= 0.9 > by_name[1]
