"""A finding as it is kept, and messages about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.of_finding import ToldEvent, message

AT = datetime(2026, 11, 25, 14, 5, tzinfo=UTC)
BASE = "https://trends.example"
# What strangers may call a step: markup of every channel, mentions, line ends, a turned direction.
HOSTILE = (
    "<script>alert(1)</script> <!channel> <@U1> @everyone @here @room @all | a\r\nBcc: x@evil.example\n.\n"
    "**b** _i_ `c` [l](https://evil.example) ~~s~~ \u202egnp.exe\u202c \u2066x\u2069 \x00\x1b[31m "
    "<at>all</at>"
)


def build(number: str, commit: str | None = "c69ede6f00", **changed: object) -> dict[str, Any]:
    return {
        "number": number,
        "build_id": f"id-{number}",
        "attempt": 1,
        "commit_id": commit,
        "message": "Test with more numbers\n\nand a body",
        "author": "Edsger Specimen",
        "branch": "master",
        "provider": "github",
        "url": f"https://code.example/owner/repo/actions/runs/{number}",
        "started_at": "2026-07-10T08:00:00+00:00",
        **changed,
    }


def finding(**changed: object) -> dict[str, Any]:
    return {
        "sentence": (
            "make test takes 1 m 1 s longer (+34 %) in all four jobs since build #432 on 10 Jul 2026."
        ),
        "status": "It is not over.",
        "pipeline": "ci.yml",
        "provider": "github",
        "what": "step",
        "step": "make test",
        "gradual": False,
        "jobs": ["2.7", "3.5"],
        "of_jobs": 2,
        "before": 180.0,
        "after": 241.0,
        "change": 33.9,
        "confidence": 0.97,
        "since": build("432"),
        "first": build("431", "4f1c2aa000"),
        "last": build("433"),
        "last_before": build("430"),
        "over_since": None,
        "wall_before": 312.0,
        "wall_after": 373.0,
        "builds_before": 200,
        "builds_since": 30,
        **changed,
    }


def told(
    event: ToldEvent = "opened",
    id: str = "f1",
    repo: str = "owner/repo",
    compare_url: str | None = "https://code.example/o/r/compare/4f1c2aa...c69ede6",
    why: str | None = None,
    **changed: object,
) -> Message:
    numbers: dict[ToldEvent, int] = {"opened": 1, "fixed": 2, "reopened": 3}
    return message(
        finding(**changed),
        id=id,
        number=numbers[event],
        event=event,
        at=AT,
        repo=repo,
        base=BASE,
        compare_url=compare_url,
        why=why,
    )


def each_kind() -> dict[str, Message]:
    """One of each kind of finding that is not of a step's, a job's or a build's duration alone."""
    no_wall: dict[str, Any] = {"wall_before": None, "wall_after": None}
    here = "make takes 40 s longer."
    return {
        "new_step": told(
            what="new_step", before=0.0, after=40.0, sentence="New step scan takes 40 s since build #432."
        ),
        "gone_step": told(
            what="gone_step",
            before=40.0,
            after=0.0,
            sentence="scan no longer runs since build #432.",
            **no_wall,
        ),
        "new_job": told(
            what="new_job",
            before=0.0,
            after=200.0,
            sentence="New job race ends last, so builds take 1 m 1 s longer since build #432.",
        ),
        "waiting": told(
            what="waiting", sentence="Jobs wait 1 m 52 s longer for a worker since build #432.", **no_wall
        ),
        "cache": told(sentence="The cache is no longer found, so npm ci takes 48 s longer since build #432."),
        "image": told(
            sentence="Jobs on trusty take 30 % longer in three projects since 10 Jul 2026: a/b, c/d and e/f.",
            own_sentence=here,
        ),
    }


def hostile() -> Message:
    """Where the step, the commit, its author, the pipeline and the repo are called like that."""
    odd = build("432", message=HOSTILE, author=HOSTILE)
    return told(
        sentence=f"{HOSTILE} takes 1 m 1 s longer.",
        pipeline=HOSTILE,
        since=odd,
        repo=f"owner/{HOSTILE}",
        compare_url="https://code.example/o/r/compare/a|b>) [x](y)",
    )
