"""A flaky job passes less often, too: both findings have one cause, of which people are told once.

- A job whose result changes on the same commit, first no earlier than its share of passes went down and
  before that was back, passes less often since it is flaky. Of both findings the one that people were told of
  first speaks for the other; of two that are found at once the flaky one, which says more.
- A job that was flaky before its share went down may be broken as well: that is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from buildtimetrend.findings.document.shared_part import as_led
from buildtimetrend.findings.kept.known import OPEN, Known, Lived
from buildtimetrend.findings.kept.rows import ChannelsFor
from buildtimetrend.findings.outcomes.passing_series import WHAT


def told_once(repo: str, lives: Sequence[Lived], tell: ChannelsFor) -> list[Lived]:
    """The same lives, which have ids; of a flaky job and how often it passes only one has an alert, but for
    channels that do not hear of that one.
    """
    told = list(lives)
    for at, of_passes in enumerate(lives):
        for number, flaky in enumerate(lives):
            if of_passes.dropped or flaky.dropped or not _is_one(of_passes.known, flaky.known):
                continue
            if _is_told(of_passes) and (_opens(flaky) or _is_led(flaky, of_passes)):
                told[at], told[number] = _together(repo, told[at], told[number], tell)
            elif (_is_told(flaky) or _opens(flaky)) and not _is_told(of_passes):
                told[number], told[at] = _together(repo, told[number], told[at], tell)
    return told


def _is_one(of_passes: Known, flaky: Known) -> bool:
    if (of_passes.what, flaky.what) != (WHAT, "flaky") or not of_passes.slower:
        return False
    if not any(thing.job and thing._replace(kind=WHAT) in of_passes.moved for thing in flaky.moved):
        return False
    is_before_its_end = not of_passes.over_at or flaky.since_at < of_passes.over_at
    return of_passes.first_at <= flaky.since_at and is_before_its_end


def _is_told(life: Lived) -> bool:
    """Whether people were told of it before, and it is not over."""
    known = life.known
    return known.state in OPEN and not (known.over_at or known.withdrawn_at or _part_of(known))


def _opens(life: Lived) -> bool:
    return life.happened is not None and life.happened.event == "opened"


def _is_led(life: Lived, by: Lived) -> bool:
    return bool(_part_of(life.known)) and _part_of(life.known)["id"] == by.known.id


def _part_of(known: Known) -> Any:
    return known.document.get("part_of")


def _together(repo: str, leader: Lived, led: Lived, tell: ChannelsFor) -> tuple[Lived, Lived]:
    """Both, of which the first speaks for the second."""
    by, known = leader.known, led.known
    happened = led.happened if not _opens(led) or _is_heard(repo, known, by, tell) else None
    pointed = as_led(known.document, repo, by.id)
    pointed["part_of"] = {**pointed["part_of"], "what": by.what}
    said = by.document | {"evidence": f"{by.document['evidence']} {known.document['sentence']}"}
    return (
        replace(leader, known=replace(by, document=said)),
        replace(led, known=replace(known, document=pointed), happened=happened),
    )


def _is_heard(repo: str, led: Known, by: Known, tell: ChannelsFor) -> bool:
    """Whether a channel hears of it that does not hear of the one that speaks."""
    of_leader = tell(repo, by.document)
    return any(channel not in of_leader for channel in tell(repo, led.document))
