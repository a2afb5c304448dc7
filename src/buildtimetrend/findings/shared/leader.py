"""The finding that speaks for others: for how long it does, and who hears of those meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from buildtimetrend import json_text
from buildtimetrend.findings.document.shared_part import Document, Shows, on_its_own
from buildtimetrend.findings.kept.known import OPEN, Known, Lived
from buildtimetrend.findings.kept.rows import ChannelsFor
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store

Hearing: TypeAlias = Callable[[Known], Sequence[str]]  # names of the channels that hear of a finding

ENDS = 10  # builds since the other is over, by which the end of this one has shown, too


def on_their_own(
    store: Store,
    kept: Sequence[Known],
    builds: Sequence[Mapping[str, Any]],
    asked_since: datetime,
    shows: Shows,
) -> list[Known]:
    """The same findings; those that nothing speaks for any more lead nowhere, so that people are told of
    them. Of what began before `asked_since` nobody is: it leads where it led for as long as that is there.
    """
    return [
        known
        if _is_led(store, known, builds, asked_since, shows)
        else replace(known, document=on_its_own(known.document))
        for known in kept
    ]


def _is_led(
    store: Store,
    known: Known,
    builds: Sequence[Mapping[str, Any]],
    asked_since: datetime,
    shows: Shows,
) -> bool:
    led = known.document.get("part_of")
    if not led:
        return True
    leader = reads.kept_finding(store, led["id"])
    if leader is None or leader["withdrawn_at"] or not shows(reads.slug_of(store, leader["repo_id"])):
        return False
    if known.state is None and (known.since_at < asked_since or known.over_at):
        return True
    if leader["over_at"]:
        over_at: datetime = leader["over_at"]
        since = [row for row in builds if row["started_at"] >= over_at]
        return len(since) < ENDS
    return bool(leader["state"] in OPEN)


def hearing(store: Store, repo: str, lives: Sequence[Lived], tell: ChannelsFor) -> Hearing:
    """Of the findings of a look: who does not hear of the one that speaks for it, or heard of it before."""
    here = {life.known.id: life.known.document for life in lives}

    def names(known: Known) -> Sequence[str]:
        channels = tell(repo, known.document)
        led = known.document.get("part_of") or _led_before(known)
        if not (led and channels):
            return channels
        heard = {row["channel"] for row in reads.notified(store, known.id)}
        if known.events and not heard:  # so long ago that it is not kept who did
            return channels
        leader = here.get(led["id"]) or _document(store, led["id"])
        of_leader = tell(led["repo"], leader) if leader else ()
        return [name for name in channels if name in heard or name not in of_leader]

    return names


def _led_before(known: Known) -> Any:
    """Both may be over at once."""
    return json_text.loads(known.stored).get("part_of") if known.stored and known.events else None


def _document(store: Store, finding: str) -> Document | None:
    row = reads.kept_finding(store, finding)
    return None if row is None else json_text.loads(row["document"])
