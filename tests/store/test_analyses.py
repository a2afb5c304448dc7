"""Contract: which pipelines changed, whose it is to look at one, and what is stored of that or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.model import Result
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.duckdb import builds as duckdb_builds
from buildtimetrend.store.pipelines import pipeline_id
from buildtimetrend.store.postgres import builds as postgres_builds
from buildtimetrend.store.statements import alerts, analyses, findings
from buildtimetrend.store.statements.alert_rules import RulesChange, changed
from buildtimetrend.store.statements.analyses import Claimed, Ended
from buildtimetrend.store.writing.saved_builds import EVER
from tests.store.engines import EXECUTING
from tests.store.examples import CI, at, build, column

pytestmark = pytest.mark.parametrize("url", EXECUTING, indirect=True)

NOW = at(10_000)
LEASE = timedelta(minutes=5)
PIPELINE = pipeline_id("travis", CI, "")


def claim(store: Store, now: datetime = NOW, repo_id: int = 1) -> Claimed | None:
    return analyses.claim(store, repo_id, PIPELINE, now, now + LEASE)


def claimed(store: Store, now: datetime = NOW) -> Claimed:
    found = claim(store, now)
    assert found
    return found


def end(store: Store, of: Claimed, now: datetime = NOW) -> None:
    store.execute(analyses.ended(of, looked(now))).result()


def looked(now: datetime = NOW, state: str = "{}") -> Ended:
    return Ended("all", 1, now, state, now, now)


def finding(id: str = "f1") -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(findings.COLUMNS)
    instants = dict.fromkeys(("since_at", "first_at", "last_at", "found_at", "seen_at"), NOW)
    return row | instants | {
        "id": id, "repo_id": 1, "pipeline": PIPELINE, "branches": "all", "what": "step", "thing": "make",
        "seconds": 5.0, "document": "{}", "known": "[]",
    }  # fmt: skip


def test_a_build_that_ended_leaves_its_pipeline_to_be_looked_at_since_its_end(store: Store) -> None:
    store.save(build("1", start=0)).result()
    store.save(build("2", start=500)).result()
    assert analyses.due(store, NOW, 10) == [analyses.Due(1, PIPELINE, saves=2)]
    of = claimed(store)
    assert (of.changed_since, of.state, of.began_at) == (at(100), None, None)
    end(store, of)
    assert analyses.due(store, NOW, 10) == []
    assert claim(store) is None


def test_a_build_that_runs_leaves_none(store: Store) -> None:
    store.save(replace(build("1"), result=None, finished_at=None)).result()
    assert analyses.due(store, NOW, 10) == []


def test_a_build_that_is_stored_anew_may_have_changed_anything(store: Store) -> None:
    store.save(replace(build("1"), attempt=1)).result()
    end(store, claimed(store))
    store.save(replace(build("1"), attempt=1, result=Result.FAILED)).result()
    assert claimed(store).changed_since == EVER


def test_a_save_that_commits_while_the_pipeline_is_looked_at_is_not_lost(store: Store) -> None:
    store.save(build("1")).result()
    of = claimed(store)
    store.save(build("2", start=500)).result()
    assert analyses.due(store, NOW, 10) == []  # somebody is at it
    end(store, of)
    assert claimed(store).changed_since == at(600)


def test_saves_of_long_ago_are_forgotten_but_for_those_that_nobody_looked_at(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_builds, "TOLD", 2)
    monkeypatch.setattr(postgres_builds, "PRUNE_EVERY", 2)
    monkeypatch.setattr(
        postgres_builds, "_FORGET", postgres_builds._FORGET.replace("10 minutes", "0 minutes")
    )
    for number in range(5):
        store.save(build(f"a{number}", start=500 * number)).result()
    assert analyses.due(store, NOW, 10) == [analyses.Due(1, PIPELINE, saves=5)]
    end(store, claimed(store))
    store.execute([analyses.look_again(1, PIPELINE, NOW)]).result()
    for number in range(5):
        store.save(build(f"b{number}", start=500 * number)).result()
    assert analyses.due(store, NOW, 10) == [analyses.Due(1, PIPELINE, saves=6)]
    assert column(store, "SELECT count(*) FROM saved_build WHERE since IS NULL")[0] < 5
    numbers = column(store, "SELECT number FROM saved_build")
    assert len({*numbers}) == len(numbers)


def test_of_many_who_ask_at_once_one_alone_gets_a_pipeline(store: Store) -> None:
    store.save(build("1")).result()
    with ThreadPoolExecutor(8) as pool:
        found = [of for of in pool.map(lambda _: claim(store), range(8)) if of]
    assert len(found) == 1


def test_who_was_killed_loses_neither_the_pipeline_nor_what_changed(store: Store) -> None:
    store.save(build("1")).result()
    claimed(store)
    assert claim(store) is None
    later = claimed(store, NOW + 2 * LEASE)
    assert later.changed_since == at(100)


def test_who_comes_too_late_stores_nothing_of_what_it_found(store: Store) -> None:
    store.save(build("1")).result()
    late = claimed(store)
    end(store, claimed(store, NOW + 2 * LEASE))
    with pytest.raises(StoreError):
        store.execute([findings.put(finding()), *analyses.ended(late, looked(state="late"))]).result()
    assert reads.kept_findings(store, 1) == []
    assert reads.state_of(store, 1, PIPELINE) == "{}"


def test_what_is_given_back_is_due_later(store: Store) -> None:
    store.save(build("1")).result()
    store.execute([analyses.give_back(claimed(store), NOW + LEASE)]).result()
    assert claim(store) is None
    assert claimed(store, NOW + LEASE).changed_since == at(100)


def test_the_event_of_an_alert_is_stored_with_what_is_to_be_sent(store: Store) -> None:
    first = alerts.Event("f1", 1, 1, "opened", "open", NOW, channels=("chat", "mail"))
    store.execute([findings.put(finding()), *alerts.told(first)]).result()
    store.execute(
        alerts.told(replace(first, number=2, event="muted", state="muted", by="Ann", channels=()))
    ).result()
    [row] = reads.kept_findings(store, 1, [PIPELINE])
    assert (row["id"], row["state"], row["events"]) == ("f1", "muted", 2)
    assert reads.kept_finding(store, "f1") == row
    assert [(each["number"], each["event"], each["by"]) for each in reads.alert_events(store, ["f1"])] == [
        (1, "opened", None), (2, "muted", "Ann"),
    ]  # fmt: skip
    assert [(row["number"], row["channel"]) for row in reads.notified(store, "f1")] == [
        (1, "chat"),
        (1, "mail"),
    ]
    assert reads.alerts_by_state(store) == {"muted": 1}


def test_of_two_who_change_an_alert_at_once_the_second_stores_nothing(store: Store) -> None:
    event = alerts.Event("f1", 1, 1, "opened", "open", NOW)
    store.execute(alerts.told(event)).result()
    store.execute(alerts.told(replace(event, number=2, event="fixed", state="fixed"))).result()
    with pytest.raises(StoreError):
        store.execute(alerts.told(replace(event, number=2, event="muted", state="muted"))).result()
    assert column(store, "SELECT state FROM alert") == ["fixed"]


def test_rules_of_a_project_are_those_set_last_and_all_changes_are_kept(store: Store) -> None:
    store.save(build("b1", repo="ann/tool")).result()
    repo = reads.repo_id(store, "ann/tool")
    changes = [
        RulesChange(repo, channel, number, rules, at(number), "ann")
        for channel, number, rules in (
            ("a", 1, {"hears": False}),
            ("a", 2, {"kinds": ["flaky"]}),
            ("b", 1, {}),
        )
    ]
    store.execute([changed(change) for change in changes]).result()
    with pytest.raises(StoreError):
        store.execute([changed(changes[0])]).result()
    assert reads.rules_of_repo(store, "ann/tool") == {"a": {"kinds": ["flaky"]}, "b": {}}
    assert reads.rules_of_channel(store, "a") == {"ann/tool": {"kinds": ["flaky"]}}
    assert [(row["channel"], row["number"], row["at"]) for row in reads.rules_changes(store, repo)] == [
        ("a", 2, at(2)), ("a", 1, at(1)), ("b", 1, at(1)),
    ]  # fmt: skip


def test_a_finding_that_is_stored_again_keeps_when_it_was_found(store: Store) -> None:
    store.execute([findings.put(finding())]).result()
    again = finding() | {"found_at": NOW + LEASE, "seen_at": NOW + LEASE, "seconds": 7.0}
    store.execute([findings.put(again)]).result()
    [row] = reads.kept_findings(store, 1)
    assert (row["seconds"], row["found_at"], row["seen_at"]) == (7.0, NOW, NOW + LEASE)
    store.execute([findings.drop("f1")]).result()
    assert reads.kept_findings(store, 1) == []


def test_pipelines_that_were_looked_at_say_whether_they_changed_since(store: Store) -> None:
    store.save(build("1")).result()
    end(store, claimed(store))
    store.save(build("2", start=500)).result()
    [row] = reads.analyses(store, 1)
    assert (row["pipeline"], row["branches"], row["analysed_at"], row["changed"]) == (
        PIPELINE,
        "all",
        NOW,
        True,
    )
