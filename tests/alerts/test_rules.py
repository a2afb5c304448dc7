"""Who hears of a change, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.rules import Rules, told


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hear(rules: Rules, seconds: float = 60.0, percent: float | None = 20.0, **more: Any) -> list[str]:
    channels = [Section("team", "slack", None, rules)]
    finding = {"what": "step", "pipeline": "ci.yml", "before": 300.0, "after": 300.0 + seconds}
    return told(channels, repo="owner/repo", finding=finding | {"change": percent} | more)


def test_without_rules_all_that_takes_longer_is_told() -> None:
    assert hear(Rules())
    assert not hear(Rules(), seconds=-60, percent=-20)
    assert hear(Rules(faster=True), seconds=-60, percent=-20)


def test_repos_and_pipelines_are_chosen_by_parts_of_their_names() -> None:
    assert hear(Rules(repos=("OWNER/",)))
    assert not hear(Rules(repos=("other/", "thing")))
    assert hear(Rules(pipelines=("x", "ci")))
    assert not hear(Rules(pipelines=("nightly",)))


def test_small_changes_are_told_to_nobody_who_does_not_want_them() -> None:
    assert hear(Rules(least_seconds=60, least_percent=20))
    assert not hear(Rules(least_seconds=60.1))
    assert not hear(Rules(least_percent=20.1))
    assert hear(Rules(least_percent=20.1), percent=None)


def test_kinds_of_findings_are_chosen_and_a_flaky_job_has_no_size_to_be_too_small_by() -> None:
    flaky: dict[str, Any] = {"what": "flaky", "before": None, "after": 40.0, "worse": True}
    assert hear(Rules(least_seconds=600), percent=None, **flaky)
    assert hear(Rules(kinds=("flaky", "results")), percent=None, **flaky)
    assert not hear(Rules(kinds=("duration",)), percent=None, **flaky)
    assert not hear(Rules(kinds=("flaky",)))


@pytest.mark.parametrize(
    ("quiet", "now", "due"),
    [
        ("22:00-7:00", "2026-11-25T12:00", "2026-11-25T12:00"),
        ("22:00-7:00", "2026-11-25T21:00", "2026-11-26T06:00"),  # 22:00 in Brussels
        ("22:00-7:00", "2026-11-26T05:59", "2026-11-26T06:00"),
        ("22:00-7:00", "2026-11-26T06:00", "2026-11-26T06:00"),
        ("12:00-13:30", "2026-11-25T12:00", "2026-11-25T12:30"),
        ("22:00-7:00", "2026-07-25T20:00", "2026-07-26T05:00"),  # in summer
        ("22:00-2:30", "2026-03-28T23:00", "2026-03-29T01:30"),  # there is no 2:30 in this night
    ],
)
def test_nothing_is_sent_in_quiet_hours_but_at_their_end(quiet: str, now: str, due: str) -> None:
    rules = Rules(quiet=quiet, zone="Europe/Brussels")
    assert rules.due(utc(now), utc(now)) == utc(due)


# 25 Nov 2026 is a Wednesday. In Brussels it is an hour later.
@pytest.mark.parametrize(
    ("quiet", "hours", "now", "due"),
    [
        ("weekdays 18:00-8:00, weekends", "", "2026-11-25T16:59", "2026-11-25T16:59"),
        ("weekdays 18:00-8:00, weekends", "", "2026-11-25T17:00", "2026-11-26T07:00"),
        (
            "weekdays 18:00-8:00, weekends",
            "",
            "2026-11-27T17:00",
            "2026-11-29T23:00",
        ),  # Friday evening: Monday 0:00
        ("weekdays 18:00-8:00, sat-mon 0-8, weekends", "", "2026-11-27T17:00", "2026-11-30T07:00"),
        ("", "weekdays 8:00-18:00", "2026-11-27T17:00", "2026-11-30T07:00"),
        ("", "weekdays 8:00-18:00", "2026-11-27T16:59:59", "2026-11-27T16:59:59"),
        ("", "mon-fri 8 - 18", "2026-11-28T12:00:30", "2026-11-30T07:00"),
        ("daily 12:00-13:00", "weekdays 8:00-18:00", "2026-11-25T11:30", "2026-11-25T12:00"),
        ("", "weekends", "2026-11-27T22:59", "2026-11-27T23:00"),
        ("fri 22:00-24:00", "", "2026-11-27T21:30", "2026-11-27T23:00"),
        ("sun 22:00-6:00", "", "2026-11-30T00:00", "2026-11-30T05:00"),  # over the end of the week
        ("fri-mon", "", "2026-11-29T12:00", "2026-11-30T23:00"),
        ("Mon Wed 9:00-10:00", "", "2026-11-25T08:15", "2026-11-25T09:00"),
        ("2:00-2:45", "", "2026-10-25T01:30", "2026-10-25T01:45"),  # the second 2:30 of that night
    ],
)
def test_hours_may_be_of_days_and_those_in_which_alone_something_is_sent(
    quiet: str, hours: str, now: str, due: str
) -> None:
    rules = Rules(quiet=quiet, hours=hours, zone="Europe/Brussels")
    assert rules.due(utc(now), utc(now)) == utc(due)


@pytest.mark.parametrize(
    ("quiet", "hours"), [("daily", ""), ("weekdays, weekends", ""), ("weekdays 8-18", "weekdays 9:00-17:00")]
)
def test_hours_that_leave_no_time_are_refused(quiet: str, hours: str) -> None:
    with pytest.raises(ValueError, match="leave no time of the week"):
        Rules(quiet=quiet, hours=hours)


def test_findings_are_chosen_by_whose_builds_they_are_of() -> None:
    rules = Rules(branches=("default", "pull_requests"))
    assert hear(rules, branches="default")
    assert not hear(rules, branches="all")
    assert hear(rules)  # one of an older version does not say it
    assert hear(Rules(), branches="others")


@pytest.mark.parametrize(
    ("digest", "at", "due"),
    [
        ("daily", "2026-11-25T06:59", "2026-11-25T07:00"),
        ("daily", "2026-11-25T07:00", "2026-11-26T07:00"),
        ("weekly", "2026-11-25T07:00", "2026-11-30T07:00"),
        ("weekly", "2026-11-30T06:00", "2026-11-30T07:00"),
        ("weekly", "2026-11-30T07:00", "2026-12-07T07:00"),
    ],
)
def test_a_digest_is_sent_at_the_next_time_after_the_event(digest: str, at: str, due: str) -> None:
    rules = Rules(digest=digest, zone="Europe/Brussels")  # type: ignore[arg-type]
    assert rules.due(utc(at), utc(at)) == utc(due)
    assert rules.due(utc(at), utc("2027-01-01T00:00")) == utc("2027-01-01T00:00")  # late is better than never


@given(
    st.datetimes(
        utc("2020-01-01").replace(tzinfo=None), utc("2030-01-01").replace(tzinfo=None), timezones=st.just(UTC)
    ),
    st.sampled_from(["", "22:00-7:00", "00:30-23:59", "2:00-3:00", "weekdays 18-8, weekends"]),
    st.sampled_from(["", "2:30-1:45", "sat-mon 12:00-2:15, thu"]),
    st.sampled_from(["UTC", "Europe/Brussels", "America/St_Johns", "Australia/Lord_Howe"]),
    st.sampled_from(["never", "daily", "weekly"]),
)
def test_what_is_due_is_never_before_now_and_never_in_quiet_hours(
    now: datetime, quiet: str, hours: str, zone: str, digest: str
) -> None:
    rules = Rules(quiet=quiet, hours=hours, zone=zone, digest=digest)  # type: ignore[arg-type]
    due = rules.due(now, now)
    assert due >= now
    assert rules.due(now, due) == due
