"""From a build that takes longer to the message about it, and to the one that it is over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from buildtimetrend.bootstrap import told_by
from buildtimetrend.store import open_store
from buildtimetrend.store.base import Store
from buildtimetrend.tasks import Analyses
from buildtimetrend.tasks.notifications import Notifications
from tests.alerts.sender import settings_for
from tests.findings.history import EVERY, Seconds, build, steady
from tests.providers.server import Server

BEGUN = datetime.now(UTC) - timedelta(days=12)
BACK: Mapping[str, Seconds] = {
    "make": steady(30),
    "make test": lambda number, _: 140.0 if 41 <= number <= 60 else 90.0,
}


def land(store: Store, first: int, last: int) -> None:
    builds = [
        build("made/back", number, BEGUN + number * EVERY, BACK, waiting=20.0, jobs=("python",))
        for number in range(first, last + 1)
    ]
    for write in [store.save(each) for each in builds]:
        write.result()


def test_what_takes_longer_is_told_once_and_so_is_its_end(receiver: Server) -> None:
    store, settings = open_store("duckdb://:memory:", memory_limit="200MB"), settings_for(receiver.url)
    analyses, notifications = Analyses(store, told_by(settings, store)), Notifications(settings, store)

    def look() -> list[dict[str, Any]]:
        """At what changed; what was sent so far."""
        long_ago = {"at": BEGUN}
        store.execute([("UPDATE analysis SET due_at = $at WHERE claim IS NULL", long_ago)]).result()
        analyses.once()
        while notifications.once():
            pass
        return [json.loads(asked.body) for asked in receiver.asked]

    land(store, 1, 40)
    assert look() == []
    land(store, 41, 60)
    [opened] = look()
    assert opened["type"] == "finding.opened"
    said = opened["data"]
    assert said["title"].startswith("make test takes 51 s longer")
    assert said["title"].endswith(f"since build #41 on {BEGUN + 41 * EVERY:%-d %b %Y}.")
    assert said["text"][0] == "It is not over."
    assert "First slow commit: 0000000 Change 41, by Ada." in said["text"]
    assert said["url"] == f"https://trends.example/findings/made/back/{said['finding']['id']}"
    assert look() == [opened]
    land(store, 61, 80)
    _, fixed = look()
    assert fixed["type"] == "finding.fixed"
    assert fixed["data"]["text"][0].startswith("Over since build #61 on ")
    assert fixed["data"]["finding"]["id"] == said["finding"]["id"]
    notifications.stop()
    store.close()
