"""A step's key: what it is known by in every build.

A key is its phase and, after a colon, what people call it: the name that it was given, else the command that
it runs, made comparable; where it has neither, its phase. A name that only says where it stands, as
`script.2` does, was not given. Equal ones in a job count on: `script: make`, `script: make (2)`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from buildtimetrend.model import Step
from buildtimetrend.steps.commands import comparable, comparable_name

LIFECYCLE = frozenset(
    (
        *(
            "setup",
            "checkout",
            "cache",
            "before_install",
            "install",
            "before_script",
            "script",
            "before_cache",
        ),
        *("after_success", "after_failure", "before_deploy", "deploy", "after_deploy", "after_script"),
    )
)
# Travis CI's folds that are numbered, beside those called like a phase
NUMBERED = frozenset({("git", "checkout"), ("dpl", "deploy")})
REMEMBERED = 2000  # characters of a step, with its identity: of 10,000 steps, 40 MB at most
_NUMBER = re.compile(r"[._]?\d+$")
_OUR_NUMBER = re.compile(r"\.(?!0|1$)\d+$")  # from 2: the first of a name has none


class Identity(NamedTuple):
    """Of one step by itself: `fine` takes the place of `coarse` where a job has several of that."""

    coarse: str
    fine: str


def keys(steps: Sequence[Step]) -> list[str]:
    """Of all steps of a job, in the order of its log."""
    identities = [identity(step.phase, step.name, step.command) for step in steps]
    if len({each.coarse for each in identities}) == len(identities):
        return [each.coarse for each in identities]
    several = _unlike(identities, [step.depth for step in steps])
    seen: dict[tuple[str, int], int] = {}
    found = []
    for step, (coarse, fine) in zip(steps, identities, strict=True):
        key = fine if (coarse, step.depth) in several else coarse
        number = seen[key, step.depth] = seen.get((key, step.depth), 0) + 1
        found.append(key if number == 1 else f"{key} ({number})")
    return found


def _unlike(identities: Sequence[Identity], depths: Sequence[int]) -> set[tuple[str, int]]:
    """What several steps of a depth are called that run different things, with that depth."""
    first: dict[tuple[str, int], str] = {}
    return {
        (coarse, depth)
        for (coarse, fine), depth in zip(identities, depths, strict=True)
        if first.setdefault((coarse, depth), fine) != fine
    }


def identity(phase: str, name: str, command: str | None) -> Identity:
    long = len(phase) + len(name) + len(command or "") > REMEMBERED
    return (_identity.__wrapped__ if long else _identity)(phase, name, command)


@lru_cache(10_000)
def _identity(phase: str, name: str, command: str | None) -> Identity:
    own, numbered = _own_name(phase, name)
    coarse, fine = comparable(command or "")
    if own and numbered and coarse:
        # The first of that name is known by it alone: what it installs or checks out may change.
        coarse, fine = f"{own}: {coarse}", f"{own}: {fine}"
    elif own or not coarse:
        coarse = fine = comparable_name(name if own else _NUMBER.sub("", name) or phase)
    return Identity(_with_phase(phase, coarse), _with_phase(phase, fine))


def label(key: str, phase: str) -> str:
    """What people read beside the phase."""
    return key.removeprefix(f"{phase}: ") if phase else key


def _with_phase(phase: str, text: str) -> str:
    return f"{phase}: {text}" if phase else text


def _own_name(phase: str, name: str) -> tuple[str, bool]:
    """The name that a step was given, without a number from 2 at its end, and whether it had one.

    `lint` and `lint.2` are `lint`. So is the start of a name that merely looks like that: `py3.11` is `py3`.
    Empty where the name only says where the step stands: `script.2` in that phase, `git.3` in `checkout`.
    """
    stem = _NUMBER.sub("", name)
    if stem == phase or (stem, phase) in NUMBERED or (not phase and stem in LIFECYCLE and stem != name):
        return "", False
    own = _OUR_NUMBER.sub("", name)
    return own, own != name
