"""What is to be told is sent: once, in order, by rules, and whatever the other side does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels.alertmanager import AlertmanagerSettings
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store, rows
from buildtimetrend.store.statements import notifications as outbox
from buildtimetrend.store.statements.alert_rules import RulesChange, changed
from buildtimetrend.tasks import channel_sender
from buildtimetrend.tasks.notifications import Notifications
from tests.alerts.outbox import repo_in, told
from tests.alerts.sender import settings_for
from tests.providers.server import Asked, Reply, Server

ROOT = Path(__file__).parents[2]


def once(store: Store, settings: Settings) -> None:
    """A service that begins anew and sends what is due."""
    running = Notifications(settings, store)
    try:
        while running.once():
            pass
    finally:
        running.stop()


def sent(receiver: Server) -> list[tuple[str, str]]:
    """The event and the title of each message that arrived."""
    found = [json.loads(asked.body)["data"] for asked in receiver.asked]
    return [(one["event"], one["title"]) for one in found]


def now_due(store: Store) -> None:
    """As after a long time."""
    store.execute(
        [("UPDATE notification SET due_at = $at", {"at": datetime(2020, 1, 1, tzinfo=UTC)})]
    ).result()


def test_what_is_due_is_sent_once_and_in_order_on_every_engine(
    of_any_engine: Store, receiver: Server
) -> None:
    store, settings = of_any_engine, settings_for(receiver.url)
    repo = repo_in(store)
    told(store, repo, "f1", "opened", "hook", "another")
    once(store, settings)
    told(store, repo, "f1", "fixed", "hook", number=2)
    told(store, repo, "f2", "opened", "hook")
    once(store, settings)
    once(store, settings)
    assert sent(receiver) == [
        ("opened", "Step f1 takes 9 s longer."),
        ("fixed", "Over: Step f1 takes 9 s longer."),
        ("opened", "Step f2 takes 9 s longer."),
    ]
    first = json.loads(receiver.asked[0].body)["data"]
    assert first["url"] == "https://trends.example/findings/ann/tool/f1"
    assert first["compare_url"] == "https://code.example/ann/tool/compare/4f1c2aa...c69ede6"
    assert outbox.states(store, ["hook"])["hook"] == outbox.ChannelState()
    assert outbox.states(store, ["another"])["another"].waiting == 1  # until its settings are back


def test_a_failure_that_passes_keeps_everything_and_is_waited_for(store: Store, receiver: Server) -> None:
    repo, settings = repo_in(store), settings_for(receiver.url)
    for name in ("f1", "f2"):
        told(store, repo, name, "opened", "hook")
    receiver.otherwise = Reply(b"", 503, {"Retry-After": "100"})
    once(store, settings)
    assert len(receiver.asked) == 1  # the second would fail as well
    state = outbox.states(store, ["hook"])["hook"]
    assert (state.waiting, state.off_since) == (2, None)
    assert "503" in (state.reason or "")
    receiver.otherwise = Reply(b"ok")
    once(store, settings)
    assert len(receiver.asked) == 1  # not before the time that was asked for
    now_due(store)
    once(store, settings)
    assert [title for _, title in sent(receiver)[1:]] == [f"Step f{n} takes 9 s longer." for n in (1, 2)]
    assert receiver.asked[0].headers["webhook-id"] == receiver.asked[1].headers["webhook-id"]


def test_a_channel_that_takes_nothing_is_off_until_its_settings_change(
    store: Store, receiver: Server
) -> None:
    repo = repo_in(store)
    told(store, repo, "f1", "opened", "hook")
    receiver.otherwise = Reply(b"no such hook", 404)
    settings = settings_for(f"{receiver.url}/old")
    once(store, settings)
    state = outbox.states(store, ["hook"])["hook"]
    assert state.off_since is not None
    assert "404: no such hook" in (state.reason or "")
    receiver.otherwise = Reply(b"ok")
    told(store, repo, "f2", "opened", "hook")
    once(store, settings)
    assert len(receiver.asked) == 1
    once(store, settings_for(f"{receiver.url}/new"))
    assert [asked.path for asked in receiver.asked] == ["/old", "/new", "/new"]
    assert outbox.states(store, ["hook"])["hook"] == outbox.ChannelState()


def test_a_message_that_is_refused_does_not_keep_the_others(store: Store, receiver: Server) -> None:
    repo = repo_in(store)
    for number in range(3):
        told(store, repo, f"f{number}", "opened", "hook")

    def choosy(asked: Asked) -> Reply:
        return Reply(b"", 400 if b"Step f1" in asked.body else 200)

    receiver.otherwise = choosy
    once(store, settings_for(receiver.url))
    assert len(receiver.asked) == 3
    [refused] = rows(store.select("SELECT * FROM notification WHERE refused_at IS NOT NULL"))
    assert refused["finding"] == "f1"
    assert outbox.states(store, ["hook"])["hook"] == outbox.ChannelState()


def test_many_at_a_time_are_one_message_and_apart_if_that_is_refused(store: Store, receiver: Server) -> None:
    repo = repo_in(store)
    for number in range(channel_sender.MOST_SINGLE + 2):
        told(store, repo, f"f{number}", "opened", "hook")
    receiver.otherwise = lambda asked: Reply(b"", 413 if len(receiver.asked) == 1 else 200)
    once(store, settings_for(receiver.url))
    assert sent(receiver)[0] == ("digest", "12 changes")
    assert len(receiver.asked) == 13


def test_what_went_back_or_was_muted_before_it_was_told_is_never_told(store: Store, receiver: Server) -> None:
    repo = repo_in(store)
    told(store, repo, "f1", "opened", "hook")
    told(store, repo, "f1", "fixed", "hook", number=2)
    told(store, repo, "f2", "opened", "hook")
    told(store, repo, "f2", "muted", number=2)
    once(store, settings_for(receiver.url))
    assert not receiver.asked
    assert outbox.states(store, ["hook"])["hook"].waiting == 0


def set_for_project(store: Store, repo: int, number: int, **rules: object) -> None:
    store.execute([changed(RulesChange(repo, "hook", number, rules, store.clock.now(), "ann"))]).result()


def test_rules_of_a_project_hold_in_place_of_the_settings(store: Store, receiver: Server) -> None:
    repo = repo_in(store)
    told(store, repo, "f1", "opened", "hook")
    set_for_project(store, repo, 1, digest="daily")
    once(store, settings_for(receiver.url))
    assert not receiver.asked  # it waits for the digest
    set_for_project(store, repo, 2)
    now_due(store)
    once(store, settings_for(receiver.url, Rules(quiet="0:00-23:59", hours="23:59-0:00")))
    assert not receiver.asked
    set_for_project(store, repo, 3, quiet="", hours="")
    now_due(store)
    once(store, settings_for(receiver.url, Rules(quiet="0:00-23:59", hours="23:59-0:00")))
    assert sent(receiver) == [("opened", "Step f1 takes 9 s longer.")]


def test_what_waits_for_a_project_of_which_a_channel_is_to_hear_nothing_more_is_not_sent(
    store: Store, receiver: Server
) -> None:
    repo = repo_in(store)
    told(store, repo, "f1", "opened", "hook")
    set_for_project(store, repo, 1, hears=False)
    once(store, settings_for(receiver.url))
    told(store, repo, "f2", "opened", "hook")
    once(store, settings_for(receiver.url, Rules(repos=("other/",))))
    assert not receiver.asked
    assert outbox.states(store, ["hook"])["hook"].waiting == 0


def test_a_digest_waits_for_its_time_and_has_all_until_then(store: Store, receiver: Server) -> None:
    repo = repo_in(store)
    rules = Rules(digest="daily", digest_at="8:00")
    settings = settings_for(receiver.url, rules)
    for number in range(3):
        told(store, repo, f"f{number}", "opened", "hook")
    once(store, settings)
    assert not receiver.asked
    due = rules.due(store.clock.now(), store.clock.now())
    [found] = rows(store.select("SELECT DISTINCT due_at FROM notification"))
    assert abs(found["due_at"] - due) <= timedelta(days=1)
    assert (found["due_at"].hour, found["due_at"].minute) == (8, 0)
    yesterday = store.clock.now() - timedelta(days=2)
    store.execute([('UPDATE alert_event SET "at" = $at', {"at": yesterday})]).result()
    now_due(store)
    once(store, settings)
    assert sent(receiver) == [("digest", "3 changes")]
    assert [part["event"] for part in json.loads(receiver.asked[0].body)["data"]["parts"]] == ["opened"] * 3


def test_a_channel_that_holds_states_is_told_again_until_it_is_over(store: Store, receiver: Server) -> None:
    repo = repo_in(store)
    channel = Section("am", "alertmanager", AlertmanagerSettings(url=receiver.url), Rules(digest="weekly"))
    settings = Settings.of(alerts=(channel,))
    told(store, repo, "f1", "opened", "am")
    for _ in range(3):
        once(store, settings)
        now_due(store)
    told(store, repo, "f1", "fixed", "am", number=2)
    for _ in range(3):
        once(store, settings)
        now_due(store)
    found = [json.loads(asked.body)[0] for asked in receiver.asked]
    ends = [datetime.fromisoformat(one["endsAt"]) > store.clock.now() for one in found]
    assert ends == [True, True, True, False]
    assert len({json.dumps(one["labels"]) for one in found}) == 1


def test_what_was_sent_long_ago_is_dropped(store: Store, receiver: Server) -> None:
    told(store, repo_in(store), "f1", "opened", "hook")
    once(store, settings_for(receiver.url))
    long_ago = store.clock.now() - timedelta(days=31)
    store.execute([("UPDATE notification SET sent_at = $at", {"at": long_ago})]).result()
    once(store, settings_for(receiver.url))
    assert rows(store.select("SELECT * FROM notification")) == []
