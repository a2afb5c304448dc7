"""Comments on pull requests, at a forge that holds them: one for each pipeline, edited in place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.alerts.base import BadMessage, Section
from buildtimetrend.alerts.channels import channel_class, open_channel
from buildtimetrend.alerts.comments import CommentChannel
from buildtimetrend.alerts.message import trial
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.enough import SIDE
from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.tasks.notifications import Notifications
from tests.alerts.pulls import NUMBER, USUAL, Forge, build_of, shown
from tests.providers.server import Reply, Server

KINDS = ("github", "gitlab")
SLOWER = {**USUAL, "make test": 332.0}
NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN = NOW - timedelta(hours=32)


@pytest.fixture
def forge(receiver: Server) -> Forge:
    forge = Forge()
    receiver.otherwise = forge.answer
    return forge


def section(kind: str, url: str, rules: Rules | None = None) -> Section:
    values = channel_class(kind).settings(url=url, token="s3cret-token")
    return Section("pulls", kind, values, rules or Rules(), "pull requests")


def host_of(receiver: Server) -> str:
    return receiver.url.removeprefix("http://")


def once(store: Store, receiver: Server, rules: Rules | None = None) -> None:
    """A service that begins anew, and looks at what was built."""
    settings = Settings.of(
        alerts=(section("github", receiver.url, rules),), public_url="https://trends.example"
    )
    running = Notifications(settings, store)
    try:
        while running.once():
            pass
    finally:
        running.stop()


def with_history(store: Store, host: str, began: datetime = BEGAN) -> None:
    """Of the base branch: as many builds as are needed to compare with."""
    writes = [store.save(build_of(number, began=began, host=host)) for number in range(SIDE)]
    for write in writes:
        write.result()


def pull(store: Store, receiver: Server, number: int, host: str = "", **changed: object) -> None:
    """A build of the pull request has passed."""
    made = build_of(number, pull=True, noise=0, began=BEGAN, host=host or host_of(receiver), **changed)  # type: ignore[arg-type]
    store.save(made).result()


def test_a_comment_is_written_once_edited_in_place_and_says_when_it_is_over(
    store: Store, receiver: Server, forge: Forge
) -> None:
    with_history(store, host_of(receiver))
    pull(store, receiver, 28)
    once(store, receiver)
    assert not forge.ours  # within noise
    pull(store, receiver, 29, steps=SLOWER)
    once(store, receiver)
    once(store, receiver)
    [body] = forge.ours
    assert shown(body).startswith(
        "### CI is 51 s slower with this pull request: `make test` takes 51 s longer in both jobs\n"
    )
    assert "https://trends.example/build/github/owner/repo/29?" in body
    assert len(forge.writes) == 1
    pull(store, receiver, 30, steps=SLOWER)
    once(store, receiver)
    [body] = forge.ours
    assert "2 of 3 builds of this pull request show it: #29, #30." in body
    pull(store, receiver, 31)
    once(store, receiver)
    [body] = forge.ours
    assert shown(body).startswith("CI takes as long as on `master` again: ")
    assert len(forge.writes) == 3


@pytest.mark.parametrize(
    ("kind", "path", "edited"),
    [
        ("github", "/repos/group/sub/repo/issues/77/comments", "/repos/group/sub/repo/issues/comments/120"),
        (
            "gitlab",
            "/api/v4/projects/group%2Fsub%2Frepo/merge_requests/77/notes",
            "/api/v4/projects/group%2Fsub%2Frepo/merge_requests/77/notes/120",
        ),
    ],
)
def test_each_forge_is_asked_in_its_own_way(
    kind: str, path: str, edited: str, receiver: Server, forge: Forge
) -> None:
    forge.bodies = ["first!"] * 120  # more than a page
    channel = comments(kind, receiver)
    assert channel.bring("group/sub/repo", NUMBER, "ci", None, "over") == "within noise: nothing is written"
    assert channel.bring("group/sub/repo", NUMBER, "ci", "slow", "over") == "written"
    assert channel.bring("group/sub/repo", NUMBER, "ci", None, "over") == "edited"
    channel.close()
    assert shown(forge.bodies[-1]) == "over"
    assert forge.writes == [path, edited]
    assert {asked.headers["authorization"] for asked in receiver.asked} == {"Bearer s3cret-token"}


def test_every_engine_knows_the_builds_of_a_pull_request_and_of_its_base(
    of_any_engine: Store, receiver: Server, forge: Forge
) -> None:
    with_history(of_any_engine, host_of(receiver))
    pull(of_any_engine, receiver, 30, steps=SLOWER)
    once(of_any_engine, receiver)
    once(of_any_engine, receiver)
    assert len(forge.writes) == 1
    assert outbox.states(of_any_engine, ["pulls"])["pulls"] == outbox.ChannelState()


def test_repos_of_other_hosts_small_changes_and_repos_not_chosen_are_left_alone(
    store: Store, receiver: Server, forge: Forge
) -> None:
    with_history(store, host_of(receiver))
    pull(store, receiver, 30, steps=SLOWER)
    once(store, receiver, rules=Rules(least_seconds=60))
    assert not forge.bodies
    pull(store, receiver, 31, steps=SLOWER)
    once(store, receiver, rules=Rules(repos=("another/",)))
    assert not receiver.asked[1:]
    other = open_store("duckdb://:memory:", memory_limit="200MB")
    with_history(other, "code.example")
    pull(other, receiver, 30, host="code.example", steps=SLOWER)
    before = len(receiver.asked)
    once(other, receiver)
    other.close()
    assert len(receiver.asked) == before


def test_a_history_that_is_imported_gets_no_comments(store: Store, receiver: Server, forge: Forge) -> None:
    long_ago = BEGAN - timedelta(days=30)
    with_history(store, host_of(receiver), long_ago)
    store.save(
        build_of(30, pull=True, noise=0, began=long_ago, host=host_of(receiver), steps=SLOWER)
    ).result()
    once(store, receiver)
    assert not receiver.asked


def test_one_pull_request_that_cannot_be_written_to_does_not_switch_the_channel_off(
    store: Store, receiver: Server, forge: Forge
) -> None:
    with_history(store, host_of(receiver))
    pull(store, receiver, 29, steps=SLOWER)
    forge.status = 404
    once(store, receiver)
    assert outbox.states(store, ["pulls"])["pulls"] == outbox.ChannelState()
    pull(store, receiver, 30, steps=SLOWER)
    forge.status = 401
    once(store, receiver)
    assert "401" in (outbox.states(store, ["pulls"])["pulls"].reason or "")
    assert outbox.states(store, ["pulls"])["pulls"].off_since is not None


def comments(kind: str, receiver: Server) -> CommentChannel:
    channel = open_channel(section(kind, receiver.url))
    assert isinstance(channel, CommentChannel)
    return channel


def test_a_comment_that_copies_ours_is_left_alone(receiver: Server, forge: Forge) -> None:
    channel = comments("github", receiver)
    assert channel.bring("o/r", NUMBER, "ci", "slow", "over") == "written"
    mark = forge.bodies[0].split("\n")[0]
    forge.bodies += [f"> {forge.bodies[0]}", f"{mark}\nmine"]
    assert channel.bring("o/r", NUMBER, "ci", "slower", "over") == "edited"
    assert channel.bring("o/r", NUMBER, "ci", "slower", "over") == "as it was"
    assert forge.bodies == [f"{mark}\nslower", f"> {mark}\nslow", f"{mark}\nmine"]
    assert channel.bring("o/r", NUMBER, "other", "slow", "over") == "written"  # of another pipeline
    channel.close()


def test_a_number_that_is_none_leads_nowhere_else(receiver: Server, forge: Forge) -> None:
    channel = comments("github", receiver)
    with pytest.raises(BadMessage, match="is not the number of a pull request"):
        channel.bring("o/r", "../../../user", "ci", "slow", "over")
    channel.close()
    assert not receiver.asked


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({"message": "no"}, 403), BadMessage),
        (Reply({}, 403, {"x-ratelimit-remaining": "0"}), TemporaryError),
        (Reply({}, 403, {"Retry-After": "60"}), TemporaryError),
        (Reply({}, 401), PermanentError),
        (Reply({"not": "a list"}), TemporaryError),
        (Reply(b"<html>"), TemporaryError),
    ],
)
def test_what_the_forge_answers_decides_what_helps(
    reply: Reply, error: type[Exception], receiver: Server
) -> None:
    receiver.otherwise = reply
    channel = comments("github", receiver)
    with pytest.raises((TemporaryError, PermanentError)) as refused:
        channel.bring("o/r", NUMBER, "ci", "slow", "over")
    channel.close()
    assert type(refused.value) is error
    assert "s3cret" not in refused.value.message


@pytest.mark.parametrize("kind", KINDS)
def test_a_test_says_whose_token_it_is_and_writes_nothing(kind: str, receiver: Server, forge: Forge) -> None:
    channel = comments(kind, receiver)
    assert channel.send(trial("pulls", NOW, None), NOW) == "the token is that of a-bot; nothing was written"
    channel.close()
    assert not forge.writes
