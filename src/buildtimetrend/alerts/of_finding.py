"""A message about a finding, from what is kept of it: the document that the API shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from buildtimetrend import text
from buildtimetrend.alerts.began import builds_it_began_with, first_of, is_one_build, no_commit
from buildtimetrend.alerts.kinds import is_worse, kind_of
from buildtimetrend.alerts.message import Message, Tone
from buildtimetrend.alerts.plain import plain

Document = Mapping[str, Any]
ToldEvent = Literal["opened", "fixed", "reopened"]

TITLES: Mapping[ToldEvent, str] = {"opened": "", "fixed": "Over: ", "reopened": "Again: "}
EDGES = ("new_step", "gone_step", "new_job", "gone_job")  # what is, or was, not there at all
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


def message(
    finding: Document,
    *,
    id: str,
    number: int,
    event: ToldEvent,
    at: datetime,
    repo: str,
    base: str,
    compare_url: str | None = None,
    why: str | None = None,
) -> Message:
    """`id` is the finding's, `number` that of the event in its life; `base` the address of this service, or
    empty where it is not known: then there is no link. `compare_url` is of its commits at the code host.
    `why` is why an alert ended though the level is not back: the finding is withdrawn.
    """
    thread = _SAFE.sub("-", f"{repo}.{id}")
    over = finding["over_since"]
    withdrawn = why if event == "fixed" else None
    return Message(
        id=f"{thread}.{number}",
        thread=thread,
        event=event,
        tone=_tone(finding, event),
        title=plain(f"{'Withdrawn: ' if withdrawn else TITLES[event]}{finding['sentence']}"),
        lines=tuple(plain(line) for line in _lines(finding, event, withdrawn)),
        at=at,
        url=f"{base}/findings/{_quoted(repo)}/{quote(id, safe='')}" if base else None,
        compare_url=_address(compare_url),
        repo=plain(repo),
        pipeline=plain(finding["pipeline"]),
        over_at=_instant(over["started_at"]) if over else None,
        data=finding,
    )


def began(finding: Document) -> str:
    """`It began with one of builds #431 to #433; build #430 was the last before it. 97 % sure that it is not
    chance.` Of what takes no time, what it is seen by; of what came little by little, from when until when.
    """
    if finding.get("evidence"):
        return str(finding["evidence"])
    first, last, before = finding["first"], finding["last"], finding["last_before"]
    sure = "Over 99" if finding["confidence"] > 0.99 else f"{100 * finding['confidence']:.0f}"
    if finding["gradual"]:
        return f"From build #{first['number']} to #{last['number']}. {sure} % sure that it is not chance."
    begun = f"It began with {builds_it_began_with(first, last, before)}"
    commit = f" ({first['commit_id'][:7]})" if first["commit_id"] and is_one_build(finding) else ""
    good = f"; build #{before['number']} was the last before it" if before else ""
    return f"{begun}{commit}{good}. {sure} % sure that it is not chance."


def _lines(finding: Document, event: ToldEvent, withdrawn: str | None) -> Iterator[str]:
    if withdrawn:
        yield withdrawn
        return
    if event != "fixed" or finding["over_since"]:  # else it is back by now, of which another event tells
        yield finding["status"]
    if finding.get("own_sentence"):
        yield f"Here: {finding['own_sentence']}"
    yield began(finding)
    commit = finding["since"]
    if blameless := no_commit(finding):
        yield blameless
    elif commit["commit_id"] and commit["message"]:
        author = f", by {commit['author']}" if commit["author"] else ""
        subject = commit["message"].split("\n", 1)[0]
        known = kind_of(finding) in ("duration", "flaky") and is_one_build(finding)
        likely = "" if known else ", most likely"
        named = f"{commit['commit_id'][:7]} {plain(subject, 120)}{author}"
        yield f"{first_of(finding, 'commit')}{likely}: {named}."
    if kind_of(finding) == "duration":
        yield _cost(finding)


def _cost(finding: Document) -> str:
    what = "It" if finding["what"] != "waiting" else "Waiting"
    if finding["what"] in EDGES:
        runs = finding["after"] > finding["before"] and not finding["over_since"]
        took = f"It {'takes' if runs else 'took'} {text.duration(max(finding['before'], finding['after']))}"
        if finding["wall_after"] is None:
            return f"{took}."
        return f"{took}, a build {_from_to(finding['wall_before'], finding['wall_after'])}."
    took = _from_to(finding["before"], finding["after"])
    takes = "took" if finding["over_since"] else "takes"
    if finding["what"] == "wall" or finding["wall_after"] is None:
        return f"{'A build' if finding['what'] == 'wall' else what} {takes} {took}."
    return f"{what} {takes} {took}, a build {_from_to(finding['wall_before'], finding['wall_after'])}."


def _from_to(before: float, after: float) -> str:
    return f"{text.duration(after)} instead of {text.duration(before)}"


def _address(url: str | None) -> str | None:
    """Strangers' words, too: where it is none of the web, there is no link."""
    return _quoted(url, ":/?&=%.,~+@-_#") if url and url.startswith(("http://", "https://")) else None


def _quoted(text: str, safe: str = "/") -> str:
    return quote(text, safe=safe, errors="replace")


def _tone(finding: Document, event: ToldEvent) -> Tone:
    if event == "fixed":
        return "better"
    return "worse" if is_worse(finding) else "better"


def _instant(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
