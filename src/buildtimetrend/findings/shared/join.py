"""Joins findings of one cause: one of them speaks for all, and people are told of that one.

The finding that people were told of first speaks for all; of a history that is imported the first by name.
All of them say what moved where in place of their own sentence. The others point to the one that speaks, and
nobody is told of them.

What is found in one project may be asked about before the others have their builds. So it is asked again when
others were found, or have more builds, and from where each of them stands: the last of them to be looked at
sees what the first could not, whichever that is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import orjson

from buildtimetrend.findings.document.shared_part import Document, as_leader, as_led, on_its_own, with_image
from buildtimetrend.findings.kept.known import OPEN, Lived
from buildtimetrend.findings.shared.candidates import (
    NEAR,
    Candidate,
    MovedTogether,
    Question,
    SharedCause,
    SharedMark,
    candidates_near,
)
from buildtimetrend.findings.shared.images import NEAREST
from buildtimetrend.findings.shared.pipelines import OF_STEPS, of_pipelines
from buildtimetrend.findings.shared.projects import MAY_BE, MOST_ASKED, moved_with, of_projects
from buildtimetrend.store import reads
from buildtimetrend.store.base import Statement
from buildtimetrend.store.statements import findings
from buildtimetrend.store.statements.analyses import look_again

Changes: TypeAlias = Mapping[str, Statement]  # by the finding, or the pipeline, that they are of


def with_shared(by: Question) -> tuple[list[Lived], list[Statement]]:
    """Its lives, with what they share said in their documents; and what is to be stored of others. Of a repo
    that may not be shown nothing is asked: it shares nothing.
    """
    changes = dict(_of_those_left(by))
    if by.shows(by.at.repo) and by.lives:
        by.read()
        for place in range(len(by.lives)):
            changes |= _answer(by, place)
    return by.lives, [*changes.values()]


def _of_those_left(by: Question) -> Iterator[tuple[str, Statement]]:
    """Those that nothing speaks for any more are looked at again, and ask for themselves."""
    for life in by.lives:
        known = life.known
        if known.document.get("shared") and (life.dropped or known.withdrawn_at):
            for row in reads.led_by(by.store, known.id):
                of = (row["repo_id"], row["pipeline"])
                yield _name(of), look_again(*of, by.at.now)


def _name(pipeline: tuple[int, int]) -> str:
    return "{} {}".format(*pipeline)


def _answer(by: Question, place: int) -> Changes:
    """What is to be stored of others."""
    life, asked = by.lives[place], _asked(by, by.lives[place])
    if not _may_be_shared(life) or not (_is_news(life) or _is_asked_again(by, life, asked)):
        return {}
    by.has_asked |= asked != life.known.asked
    by.lives[place] = replace(life, known=replace(life.known, asked=asked))
    return {**_to_look_again(by, place), **_joined(by, place)}


def _to_look_again(by: Question, place: int) -> Changes:
    """Pipelines of others whose jobs moved along, though nothing was found there: once it is known that they
    did it is looked for (see `from_other_projects.py`). And its own, where another of its findings may be
    over by that.
    """
    own = by.row(place)
    moved = moved_with(by, own, own.shift) if own.shift else None
    known = own.document.get("on_image")
    life = by.lives[place]
    of = with_image(life.known.document, _on_image(moved, own.repo_id) if moved else None)
    by.lives[place] = replace(life, known=replace(life.known, document=of))
    if not moved or (known and known["repos"] == sorted(moved.by)):
        return {}
    has_found = {one.repo_id for one in by.near(own.known)} | {own.repo_id}
    left = {each for each in moved.pipelines if each[0] not in has_found}
    if _has_opposite(by, place):
        left.add((own.repo_id, own.pipeline))
    return {_name(each): look_again(*each, by.at.now) for each in sorted(left)}


def _has_opposite(by: Question, place: int) -> bool:
    """Whether another finding of this look is of jobs on the same image that moved the other way."""
    known = by.lives[place].known
    others = (life.known for life in by.lives if life.known.slower != known.slower)
    image = known.document["on_image"]["image"]
    return any((other.document.get("on_image") or {}).get("image") == image for other in others)


def _on_image(moved: MovedTogether, repo: int) -> dict[str, Any]:
    """`by` is that of its own project."""
    return {"image": moved.image, "by": round(moved.by[repo], 3), "repos": sorted(moved.by)}


def _joined(by: Question, place: int) -> Changes:
    own, rows = by.row(place), _standpoints(by, place)
    of_others: tuple[Candidate, SharedCause] | None = None
    for ask in (of_projects, of_pipelines):
        for row in rows:
            several = ask(by, row, row.shift) if row.shift else None
            if several and own.id in {row.id, *(each.id for each in several.others)}:
                return _together(by, place, row, several)
            if several and of_others is None:
                of_others = (row, several)
    return {**_apart(by, place), **(_together(by, None, *of_others) if of_others else {})}


def _may_be_shared(life: Lived) -> bool:
    known = life.known
    is_there = not (life.dropped or known.withdrawn_at)
    at_once = bool(known.document["last_before"]) and not known.document["gradual"]
    return is_there and known.what in {*MAY_BE, *OF_STEPS} and at_once


def _is_news(life: Lived) -> bool:
    return life.is_new or (_opens(life) and life.known.slower)


def tells(lives: Iterable[Lived]) -> bool:
    """Whether people are told of something just now that others may have found, too."""
    return any(_opens(life) and life.known.what in MAY_BE for life in lives)


def _opens(life: Lived) -> bool:
    return life.happened is not None and life.happened.event == "opened"


def _is_asked_again(by: Question, life: Lived, asked: str) -> bool:
    """What people were told of stays as it was told, but for what more belongs to it."""
    known, led = life.known, life.known.document.get("part_of")
    if life.happened or known.state not in (None, *OPEN) or (known.state and known.over_at):
        return False
    if led and (not led.get("shared") or _is_told(by, led["id"])):
        return False
    is_shared = bool(led or known.document.get("shared"))
    return (by.whole or asked != known.asked) and (is_shared or bool(by.near(known)))


def _asked(by: Question, life: Lived) -> str:
    """What an answer depends on: which others there are, and whether there are builds enough to tell."""
    known = life.known
    builds = [
        min(known.document.get("builds_before", 0), NEAREST),
        min(known.document.get("builds_since", 0), 2 * NEAREST),
    ]
    others = sorted(str(one) for one in by.near(known))
    said = repr([known.first_at, known.last_at, known.over_at, builds, others])
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def _standpoints(by: Question, place: int) -> list[Candidate]:
    """Of which each may say that it is one cause, where the others cannot tell: always in the same order, but
    that of which people are to be told is asked first.
    """
    own, near = by.row(place), by.near(by.lives[place].known)
    if own.shift is None or not near:
        return [own]
    repos = list(dict.fromkeys([own.repo_id, *(one.repo_id for one in near)]))[: MOST_ASKED + 1]
    others = candidates_near(by, own, repos, own.shift, NEAR)
    rows = [own, *(row for row in others if row.what in {*MAY_BE, *OF_STEPS} and row.state in (None, *OPEN))]
    is_first = own.id if own.state in OPEN else ""
    return sorted(
        rows, key=lambda row: (row.id != is_first, row.repo, row.pipeline, row.known.since_at, row.id)
    )


def _together(by: Question, place: int | None, at: Candidate, several: SharedCause) -> Changes:
    """One speaks, as `at` sees it; of this look the finding at that place, if any, may be told just now."""
    rows = [row for row in (at, *several.others) if _may_join(row, several.mark)]
    news = by.lives[place] if place is not None and _opens(by.lives[place]) else None
    leader = _leader(by, rows, news, several.mark) or at
    changes = dict[str, Statement]()
    for row in rows:
        document = _with_moved(row, several.moved)
        if row.id == leader.id:
            changes |= _put(by, row, as_leader(document, several.shared))
        elif _may_point(by, row, rows):
            changes |= _put(by, row, as_led(document, leader.repo, leader.id, several.shared))
        else:
            continue
        if document is not row.document:  # others of its findings may be over by that
            of = (row.repo_id, row.pipeline)
            changes[_name(of)] = look_again(*of, by.at.now)
    if news and place is not None and leader.id != news.known.id and not _is_heard(by, news, leader):
        by.lives[place] = replace(by.lives[place], happened=None)
    return changes


def _with_moved(row: Candidate, moved: MovedTogether | None) -> Document:
    """The document of one that was looked at before it was known that the jobs of others moved."""
    if row.document.get("on_image") or not moved or row.repo_id not in moved.by:
        return row.document
    return with_image(row.document, _on_image(moved, row.repo_id))


def _leader(
    by: Question, rows: Sequence[Candidate], news: Lived | None, mark: SharedMark
) -> Candidate | None:
    """Of a finding that people are to be told of, only one that they were told of may speak in its place."""
    own = news.known.id if news else ""
    told = [row for row in rows if row.id != own and row.speaks and not row.document.get("part_of")]
    said = [row for row in rows if row.mark == mark or (mark.of_pipelines and row.mark)]
    first = sorted(told, key=lambda row: (row not in said, row.known.found_at or by.at.now, row.id))
    if first:
        return first[0]
    is_told = news and (news.known.slower or by.tell(by.at.repo, news.known.document))
    if is_told:
        return next((row for row in rows if row.id == own), None)
    return next((row for row in said if row.state is not None and row.id != own), None)


def _may_join(row: Candidate, mark: SharedMark) -> bool:
    """Whether it speaks for no other cause that many projects share."""
    return row.mark in (None, mark) or (row.mark is not None and row.mark.of_pipelines)


def _may_point(by: Question, row: Candidate, rows: Iterable[Candidate]) -> bool:
    """Whether it is free: people have not put it aside, and no other speaks for it to them."""
    led = row.document.get("part_of")
    if row.state not in (None, *OPEN) or (led and "what" in led):
        return False
    return not led or led["id"] in {each.id for each in rows} or not _is_told(by, led["id"])


def _is_told(by: Question, finding: str) -> bool:
    leader = reads.kept_finding(by.store, finding)
    return bool(leader and leader["state"])


def _is_heard(by: Question, news: Lived, leader: Candidate) -> bool:
    """Whether a channel hears of it that does not hear of the one that speaks."""
    of_leader = by.tell(leader.repo, leader.document)
    return any(channel not in of_leader for channel in by.tell(by.at.repo, news.known.document))


def _apart(by: Question, place: int) -> Changes:
    """What it was said to share is not borne out: nobody was told, so each speaks for itself again."""
    own = by.row(place)
    led = own.document.get("part_of")
    if own.state is not None or not (led or own.document.get("shared")):
        return {}
    changes = dict(_put(by, own, on_its_own(own.document)))
    for row in _pointing_to(by, own):
        changes |= _put(by, row, on_its_own(row.document))
    return changes


def _pointing_to(by: Question, own: Candidate) -> Iterator[Candidate]:
    if own.document.get("shared") and own.shift:
        repos = list(dict.fromkeys(one.repo_id for one in by.near(own.known)))
        for row in candidates_near(by, own, repos, own.shift, NEAR):
            if (row.document.get("part_of") or {}).get("id") == own.id:
                yield row


def _put(by: Question, row: Candidate, document: Mapping[str, Any]) -> Changes:
    """Of this look it is kept with all else; of another finding it is stored if it is news."""
    for place, life in enumerate(by.lives):
        if life.known.id == row.id:
            by.lives[place] = replace(life, known=replace(life.known, document=dict(document)))
            return {}
    told = orjson.dumps(document).decode()
    return {} if told == row.stored else {row.id: findings.put_document(row.id, told, row.stored)}
