"""Failures are told by their kind: what one build, job or time is named in them tells none apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.web.analysis.reasons import grouped, troubles

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def row(
    reason: str, builds: int = 1, number: str = "1", state: str = "failed", due: int = 0
) -> dict[str, Any]:
    return {
        "state": state,
        "reason": reason,
        "builds": builds,
        "number": number,
        "due_at": NOW + timedelta(seconds=due),
    }


def said(*rows: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["reason"], one["builds"]) for one in grouped(rows)]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("The log of job 12.1 broke off.", "The log of job 13.4 broke off.", "The log of job … broke off."),
        ("Asked /builds/77 in vain.", "Asked /builds/9 in vain.", "Asked /builds/… in vain."),
        ("It took 30 s, then 60 s.", "It took 30 s, then 90 s.", "It took 30 s, then … s."),
        ("o/n has no build 5 (404).", "o/n has no build 6 (404).", "o/n has no build of that number (404)."),
        ("Request 9f8e-77ab failed.", "Request 1c2d-00ff failed.", "Request … failed."),
        ("ci.example:8080 is away.", "ci.example:8080 is away.", "ci.example:8080 is away."),
    ],
)
def test_reasons_that_differ_in_what_they_name_are_one(one: str, other: str, together: str) -> None:
    assert said(row(one, 2, "1"), row(other, 3, "2")) == [(together, 5)]
    assert [each["reason"] for each in troubles([trouble(one, "o/n"), trouble(other, "o/n")])] == [together]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Travis CI answered 404 to it.", "Travis CI answered 503 to it."),
        ("It is gone (404).", "It is gone (410)."),
        ("The log is too large.", "The log is cut."),
        ("Build 5 is gone.", "Job 5 is gone."),
    ],
)
def test_what_a_ci_answers_with_and_other_words_tell_kinds_apart(one: str, other: str) -> None:
    assert sorted(said(row(one), row(other))) == sorted([(one, 1), (other, 1)])


def test_the_reason_of_one_build_alone_keeps_its_number() -> None:
    assert said(row("o/n has no build 5 (404).", 1, "5")) == [("o/n has no build 5 (404).", 1)]
    assert said(row("o/n has no build 5 (404).", 2, "5")) == [("o/n has no build of that number (404).", 2)]


def test_what_failed_stands_before_what_waits_and_the_next_try_is_the_earliest() -> None:
    found = grouped(
        [
            row("No answer in 10 s.", 90, "1", "waiting", 60),
            row("No answer in 20 s.", 9, "2", "running", 30),
            row("Gone.", 1),
        ]
    )
    assert [(one["reason"], one["state"], one["builds"]) for one in found] == [
        ("Gone.", "failed", 1),
        ("No answer in … s.", "waiting", 99),
    ]
    assert [one["next_try_at"] for one in found] == [None, NOW + timedelta(seconds=30)]


def trouble(reason: str | None, repo: str, failed: int = 1, waiting: int = 0) -> dict[str, Any]:
    return {"repo": repo, "reason": reason, "number": "1", "failed": failed, "waiting": waiting}


def test_one_kind_of_trouble_in_several_projects_names_them_beside_it() -> None:
    found = troubles(
        [
            trouble("The CI knows no ann/app that it may see.", "ann/app", 2),
            trouble("The CI knows no bob/tool that it may see.", "bob/tool", 1, 4),
            trouble(None, "ann/app", 0, 1),
        ]
    )
    assert found == [
        {
            "reason": "The CI knows no … that it may see.",
            "failed": 3,
            "waiting": 4,
            "repos": ["ann/app", "bob/tool"],
        },
        {"reason": "unknown", "failed": 0, "waiting": 1, "repos": ["ann/app"]},
    ]
