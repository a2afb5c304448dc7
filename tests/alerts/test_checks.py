"""Checks of pull requests at a GitHub that holds them: one for each pipeline and commit, edited in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.alerts.base import BadMessage, Section
from buildtimetrend.alerts.channels import open_channel
from buildtimetrend.alerts.channels.github_checks import GitHubChecks, GitHubChecksSettings
from buildtimetrend.alerts.check import check
from buildtimetrend.alerts.compared import compared
from buildtimetrend.alerts.message import trial
from buildtimetrend.alerts.pull_request import Links
from buildtimetrend.alerts.pull_requests import Comparison
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.enough import SIDE
from buildtimetrend.errors import PermanentError, SettingsError, TemporaryError
from buildtimetrend.model import Build
from buildtimetrend.settings import Settings, load
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.tasks.notifications import Notifications
from tests.alerts.checks import APP, Checks, pem
from tests.alerts.pulls import NUMBER, USUAL, build_of
from tests.providers.server import Reply, Server

SLOWER = {**USUAL, "make test": 332.0}
FASTER = {**USUAL, "make test": 200.0}
NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN = NOW - timedelta(hours=32)


@pytest.fixture
def github(receiver: Server) -> Checks:
    held = Checks()
    receiver.otherwise = held.answer
    return held


def section(url: str, rules: Rules | None = None, **more: Any) -> Section:
    values = GitHubChecksSettings(url=url, app_id=APP, app_key=pem(), **more)
    return Section("checks", "github-checks", values, rules or Rules(), "pull requests")


def commit(number: int) -> str:
    return f"{number:040x}"


def pull_build(number: int, receiver: Server | None = None, **changed: Any) -> Build:
    host = receiver.url.removeprefix("http://") if receiver else "127.0.0.1"
    made = build_of(number, pull=True, noise=0, began=BEGAN, host=host, **changed)
    return replace(made, commit=commit(number))


def base(receiver: Server | None = None) -> list[Build]:
    host = receiver.url.removeprefix("http://") if receiver else "127.0.0.1"
    return [build_of(number, began=BEGAN, host=host) for number in range(SIDE)]


def comparison(*builds: Build, **more: Any) -> Comparison:
    found = compared(builds, base())
    assert found is not None
    links = Links("https://trends.example/build/29")
    return replace(Comparison("owner/repo", NUMBER, "ci.yml", "CI", found, "master", links, True), **more)


@pytest.fixture
def channel(receiver: Server, github: Checks) -> Iterator[GitHubChecks]:
    opened = open_channel(section(receiver.url))
    assert isinstance(opened, GitHubChecks)
    github.heads[NUMBER] = commit(29)
    yield opened
    opened.close()


@pytest.fixture
def store(receiver: Server) -> Iterator[Store]:
    store = open_store("duckdb://:memory:", memory_limit="200MB")
    for write in [store.save(each) for each in base(receiver)]:
        write.result()
    yield store
    store.close()


def once(store: Store, receiver: Server, **more: Any) -> None:
    """A service that begins anew, and looks at what was built."""
    settings = Settings.of(alerts=(section(receiver.url, **more),), public_url="https://trends.example")
    running = Notifications(settings, store)
    try:
        while running.once():
            pass
    finally:
        running.stop()


def now_due(store: Store) -> None:
    store.execute(
        [("UPDATE notification SET due_at = $at", {"at": datetime(2020, 1, 1, tzinfo=UTC)})]
    ).result()


def built(store: Store, receiver: Server, github: Checks, number: int, **changed: Any) -> None:
    """The pull request's new head has passed."""
    github.heads[NUMBER] = commit(number)
    store.save(pull_build(number, receiver, **changed)).result()


def test_a_commit_beyond_noise_has_one_check_and_others_have_none(
    store: Store, receiver: Server, github: Checks
) -> None:
    built(store, receiver, github, 28)
    once(store, receiver)
    assert not github.runs
    built(store, receiver, github, 29, steps=SLOWER)
    once(store, receiver)
    once(store, receiver)
    [run] = github.runs
    assert (run["head_sha"], run["status"], run["conclusion"]) == (commit(29), "completed", "neutral")
    assert run["name"] == "CI time: ci.yml"
    assert re.fullmatch(r"Takes 51 s longer: 6 m 13 s, 5 m 2\d s usual on master", run["output"]["title"])
    assert "`make test` takes 51 s longer in both jobs" in run["output"]["summary"]
    assert run["details_url"].startswith("https://trends.example/build/github/owner/repo/29?")
    built(store, receiver, github, 30)  # a later commit mends it: its own is quiet
    once(store, receiver)
    assert [run["head_sha"] for run in github.runs] == [commit(29)]
    assert outbox.states(store, ["checks"])["checks"] == outbox.ChannelState()


def test_by_rule_what_is_slower_fails_and_each_commit_has_a_check(
    store: Store, receiver: Server, github: Checks
) -> None:
    by_rule = {"slower": "failure", "usual": "success"}
    for number, steps in ((28, USUAL), (29, SLOWER), (30, FASTER)):
        built(store, receiver, github, number, steps=steps)
        once(store, receiver, **by_rule)
    assert [run["conclusion"] for run in github.runs] == ["success", "failure", "success"]
    assert github.runs[0]["output"]["title"].startswith("Within noise: ")
    built(store, receiver, github, 31, steps=SLOWER)
    once(store, receiver, rules=Rules(least_seconds=60), **by_rule)
    assert github.runs[-1]["conclusion"] == "success"


def test_a_commit_that_is_built_again_has_its_check_edited(channel: GitHubChecks, github: Checks) -> None:
    slow = pull_build(29, steps=SLOWER)
    again = replace(pull_build(29), id="29b")
    assert channel.put(comparison(slow)) == "written"
    assert channel.put(comparison(slow)) == "as it was"
    assert channel.put(comparison(slow, again)) == "edited"
    [run] = github.runs
    assert (run["conclusion"], run["output"]["title"].partition(":")[0]) == ("success", "Within noise")
    assert channel.put(comparison(slow, pipeline="other")) == "written"
    github.heads["78"] = commit(29)
    assert channel.put(comparison(slow, number="78")) == "written"
    assert len(github.runs) == 3
    assert len(github.tokens) == 1


def test_a_build_of_the_merge_is_checked_at_the_head_and_an_earlier_commit_at_itself(
    channel: GitHubChecks, github: Checks
) -> None:
    slow = pull_build(29, steps=SLOWER)
    github.heads[NUMBER], github.merges[NUMBER] = commit(7), commit(29)
    assert channel.put(comparison(slow)) == "written"
    github.heads[NUMBER], github.merges[NUMBER] = commit(8), commit(9)
    assert channel.put(comparison(slow)) == "written"
    assert [run["head_sha"] for run in github.runs] == [commit(7), commit(29)]
    with pytest.raises(BadMessage, match="is not the id of a commit"):
        channel.put(comparison(replace(slow, commit="../x")))
    with pytest.raises(BadMessage, match="is not the number of a pull request"):
        channel.put(comparison(slow, number="../1"))


def test_a_write_whose_answer_is_lost_is_not_doubled(store: Store, receiver: Server, github: Checks) -> None:
    """As by who is killed between the write and the note that it was sent."""
    built(store, receiver, github, 29, steps=SLOWER)
    github.answers_lost = 1
    once(store, receiver)
    assert "502" in (outbox.states(store, ["checks"])["checks"].reason or "")
    now_due(store)
    once(store, receiver)
    assert len(github.runs) == len(github.writes) == 1
    assert outbox.states(store, ["checks"])["checks"] == outbox.ChannelState()


def test_an_app_that_was_installed_anew_goes_on_and_a_repo_without_it_is_left_out(
    store: Store, channel: GitHubChecks, receiver: Server, github: Checks
) -> None:
    slow = pull_build(29, steps=SLOWER)
    assert channel.put(comparison(slow)) == "written"
    github.revoke()
    assert channel.put(comparison(slow)) == "as it was"
    github.installed = False
    built(store, receiver, github, 29, steps=SLOWER)
    once(store, receiver)
    assert outbox.states(store, ["checks"])["checks"] == outbox.ChannelState()  # not off: others go on
    assert len(github.runs) == 1


def test_a_key_that_github_does_not_believe_switches_the_channel_off(
    store: Store, receiver: Server, github: Checks
) -> None:
    built(store, receiver, github, 29, steps=SLOWER)
    receiver.otherwise = Reply({"message": "A JSON web token could not be decoded"}, 401)
    once(store, receiver)
    state = outbox.states(store, ["checks"])["checks"]
    assert state.off_since is not None
    assert "alerts.app_key" in (state.reason or "")


@pytest.mark.parametrize(
    "reply",
    [Reply({"check_runs": 7}), Reply(b"<html>"), Reply({}, 403, {"Retry-After": "60"}), Reply({}, 500)],
)
def test_answers_that_make_no_sense_are_asked_for_again(
    reply: Reply, channel: GitHubChecks, receiver: Server, github: Checks
) -> None:
    receiver.routes[f"/repos/owner/repo/commits/{commit(29)}/check-runs"] = reply
    with pytest.raises(TemporaryError):
        channel.put(comparison(pull_build(29, steps=SLOWER)))
    assert not github.writes


def test_a_test_says_which_app_it_is_and_whether_it_may_write(channel: GitHubChecks, github: Checks) -> None:
    assert channel.send(trial("checks", NOW, None), NOW) == "the App is CI times; nothing was written"
    github.permission = "read"
    with pytest.raises(PermanentError, match="no permission to write checks"):
        channel.send(trial("checks", NOW, None), NOW)
    assert not github.writes


def test_strangers_words_are_no_markup_and_have_bounds() -> None:
    evil = "@everyone <img src=x> `|` " + "x" * 5000
    slow = pull_build(29, steps={**USUAL, evil: 400.0})
    found = check(comparison(slow, pipeline_name=evil, base=evil), "neutral")
    assert len(found.name) <= 120
    assert len(found.title) < 255
    assert len(found.summary) < 65_535
    assert "\n" not in found.title + found.name


def test_a_key_that_is_none_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "config_service.yml"
    entry = "{name: a, kind: github-checks, app_id: '1', app_key: s3cret}"
    file.write_text(f"buildtimetrend:\n  alerts:\n    - {entry}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="app_key: its value \\(not shown\\) is no private key"):
        load({}, file)
