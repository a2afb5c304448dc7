"""What changed is found as builds land, kept once, and told once, whatever the order in which they land."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from buildtimetrend.findings.document.shared_part import Shows, everything
from buildtimetrend.findings.kept.rows import ChannelsFor
from buildtimetrend.model import Build, Query
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.statements import analyses, findings
from buildtimetrend.tasks import Analyses
from buildtimetrend.web.analysis.found import found, kept
from tests.findings.history import EVERY, Seconds, build, changed, steady
from tests.store.engines import EXECUTING

BEGUN = datetime.now(UTC) - timedelta(days=13)
JOB = ("python",)
QUERY = Query("", BEGUN - timedelta(days=350), BEGUN + timedelta(days=14), "week")
USUAL: Mapping[str, Seconds] = {"make": steady(30), "make test": steady(90)}
SLOWER: Mapping[str, Seconds] = {**USUAL, "make test": changed(90, 41, 140, JOB)}
BACK: Mapping[str, Seconds] = {
    **USUAL, "make test": lambda number, _: 140.0 if 41 <= number <= 60 else 90.0,
}  # fmt: skip


class Watched:
    """A repo whose builds land, and are looked at at once."""

    def __init__(
        self, store: Store, repo: str, tell: ChannelsFor | None = None, shows: Shows = everything
    ) -> None:
        self.store = store
        self.repo = repo
        self.told: list[str] = []
        self._analyses = Analyses(store, tell or self._tell, shows=shows)

    def land(self, steps: Mapping[str, Seconds], numbers: Sequence[int], begun: datetime = BEGUN) -> None:
        for landed in [self.store.save(each, patience=0.05) for each in self.builds(steps, numbers, begun)]:
            landed.result()

    def builds(
        self, steps: Mapping[str, Seconds], numbers: Sequence[int], begun: datetime = BEGUN
    ) -> Iterator[Build]:
        for number in numbers:
            yield build(self.repo, number, begun + number * EVERY, steps, waiting=20.0, jobs=JOB)

    def look(self) -> None:
        long_ago = {"at": BEGUN}
        self.store.execute([("UPDATE analysis SET due_at = $at WHERE claim IS NULL", long_ago)]).result()
        self._analyses.once()

    def one_by_one(self, steps: Mapping[str, Seconds], numbers: Sequence[int]) -> None:
        for number in numbers:
            self.land(steps, [number])
            self.look()

    @property
    def kept(self) -> list[dict[str, Any]]:
        return reads.kept_findings(self.store, reads.repo_id(self.store, self.repo))

    def events(self) -> list[str]:
        return [row["event"] for row in reads.alert_events(self.store, [row["id"] for row in self.kept])]

    def _tell(self, repo: str, document: Mapping[str, Any]) -> Sequence[str]:
        self.told.append(f"{repo}: {document['sentence']}")
        return ["mail"]


@pytest.fixture
def here() -> Iterator[Watched]:
    with closing(open_store("duckdb://:memory:")) as store:
        yield Watched(store, "ann/tool")


def test_a_slower_step_is_one_finding_that_is_told_once(here: Watched) -> None:
    here.land(SLOWER, range(1, 44))
    here.look()
    assert here.kept == []
    here.one_by_one(SLOWER, range(44, 52))
    [row] = here.kept
    assert (row["what"], row["thing"], row["state"]) == ("step", "script: make test", "open")
    assert here.events() == ["opened"]
    assert len(here.told) == 1
    assert here.told[0].startswith("ann/tool: make test takes")
    assert [(each["number"], each["channel"]) for each in reads.notified(here.store, row["id"])] == [
        (1, "mail")
    ]


def test_what_was_found_build_by_build_is_what_the_whole_history_says(here: Watched) -> None:
    here.land(SLOWER, range(1, 41))
    here.look()
    here.one_by_one(SLOWER, range(41, 56))
    other = Watched(here.store, "bob/tool")
    other.land(SLOWER, range(1, 56))
    other.look()
    for name in ("what", "thing", "over_at", "since_at"):
        assert [row[name] for row in here.kept] == [row[name] for row in other.kept]
    assert here.kept[0]["seconds"] == pytest.approx(other.kept[0]["seconds"], abs=2)


def test_the_level_that_is_back_fixes_its_alert(here: Watched) -> None:
    here.land(BACK, range(1, 61))
    here.look()
    here.one_by_one(BACK, range(61, 70))
    later, earlier = here.kept
    assert (earlier["state"], earlier["over_at"] is not None) == ("fixed", True)
    assert earlier["seconds"] > 0 > later["seconds"]
    assert [row["event"] for row in reads.alert_events(here.store, [earlier["id"]])] == ["opened", "fixed"]


def test_what_went_back_before_it_was_told_is_told_nobody(here: Watched) -> None:
    here.land(BACK, range(1, 75))
    here.look()
    assert [row["over_at"] is not None for row in here.kept] == [False, True]
    assert reads.alert_events(here.store, [here.kept[1]["id"]]) == []


def test_a_history_that_is_imported_has_its_findings_and_tells_nobody_of_old_ones(here: Watched) -> None:
    here.land(SLOWER, range(1, 80), BEGUN - timedelta(days=60))
    here.look()
    assert [(row["thing"], row["state"]) for row in here.kept] == [("script: make test", None)]
    assert here.told == []


def test_the_order_in_which_builds_land_changes_nothing(here: Watched) -> None:
    numbers = [*range(1, 76)]
    here.land(SLOWER, numbers[::-1][:40])
    here.look()
    here.land(SLOWER, numbers[::-1][40:])
    here.look()
    other = Watched(here.store, "bob/tool")
    other.land(SLOWER, numbers)
    other.look()
    for name in ("what", "thing", "state", "since_at", "first_at", "last_at"):
        assert [row[name] for row in here.kept] == [row[name] for row in other.kept]
    assert here.events() == ["opened"]


def test_builds_that_land_twice_change_nothing(here: Watched) -> None:
    here.land(SLOWER, range(1, 61))
    here.look()
    before = here.kept
    here.land(SLOWER, range(20, 61))
    here.look()
    assert [replaced(row) for row in here.kept] == [replaced(row) for row in before]
    assert here.events() == ["opened"]


def replaced(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"seen_at": None}


def test_builds_that_turn_out_otherwise_withdraw_what_they_had_shown(here: Watched) -> None:
    here.land(SLOWER, range(1, 61), BEGUN - timedelta(days=60))
    here.look()
    assert len(here.kept) == 1
    here.land(USUAL, range(41, 61), BEGUN - timedelta(days=60))
    here.look()
    assert here.kept == []


def test_who_is_killed_while_it_looks_tells_nothing_and_the_next_tells_it_once(here: Watched) -> None:
    here.land(SLOWER, range(1, 61))
    now = here.store.clock.now()
    [due] = analyses.due(here.store, now, 10)
    assert analyses.claim(here.store, due.repo_id, due.pipeline, now, now + timedelta(minutes=5))
    here.look()
    assert here.told == []
    here.store.execute([("UPDATE analysis SET claimed_until = $at", {"at": BEGUN})]).result()
    here.look()
    here.look()
    assert here.events() == ["opened"]


def test_one_build_more_costs_no_look_at_those_before(here: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    here.land(USUAL, range(1, 61))
    here.look()
    here.land(USUAL, [61])
    asked: list[Mapping[str, Any]] = []
    select = here.store.select

    def noted(sql: str, params: Mapping[str, Any] | None = None, *more: Any) -> Table:
        if "step.key AS step" in sql:
            asked.append(params or {})
        return select(sql, params, *more)

    monkeypatch.setattr(here.store, "select", noted)
    here.look()
    assert [given["most"] for given in asked] == [2]


def test_pull_requests_are_watched_only_where_the_default_branch_has_too_few_builds(here: Watched) -> None:
    asked = [
        replace(each, trigger="pull_request", branch=f"feature-{number}")
        for number, each in enumerate(here.builds(SLOWER, range(1, 61)))
    ]
    for landed in [here.store.save(each, patience=0.05) for each in asked]:
        landed.result()
    here.look()
    assert [row["branches"] for row in here.kept] == ["all"]
    other = Watched(here.store, "bob/tool")
    other.land(SLOWER, range(1, 61))
    for number, each in enumerate(other.builds(USUAL, range(101, 120), BEGUN - timedelta(hours=300))):
        feature = replace(each, trigger="pull_request", branch=f"feature-{number}")
        other.store.save(feature, patience=0.05)
    other.look()
    assert [row["branches"] for row in other.kept] == ["default"]


@pytest.mark.parametrize("store", EXECUTING, indirect=True)
def test_every_engine_keeps_what_was_found(store: Store) -> None:
    watched = Watched(store, "kept/engines")
    watched.land(SLOWER, range(1, 61))
    watched.look()
    [row] = watched.kept
    query = replace(QUERY, repo=watched.repo)
    [here] = kept(store, query, datetime.now(UTC), lambda _: pytest.fail("it was looked at"))["findings"]
    [now] = found(store, query)["findings"]
    assert here | {"id": None, "alert": None} == now
    assert (here["id"], here["alert"]) == (row["id"], "open")
    of = [reads.repo_id(store, watched.repo)]
    [beside] = reads.found_beside(store, of, row["first_at"], row["last_at"])
    assert (beside["id"], beside["state"]) == (row["id"], "open")
    assert (of[0], True) in [
        (one["repo_id"], one["slower"]) for one in reads.found_since(store, row["last_at"])
    ]
    assert of[0] not in [one["repo_id"] for one in reads.found_since(store, row["last_at"] + EVERY)]
    assert reads.found_beside(store, of, row["last_at"] + EVERY, row["last_at"] + 2 * EVERY) == []
    given = {name: row[name] for name in findings.COLUMNS}
    for change, written in (
        (partial(findings.put_document, row["id"], f"{row['document']} "), f"{row['document']} "),
        (partial(findings.put, given), row["document"]),
    ):
        before = watched.kept[0]["document"]
        store.execute([change("what another look has replaced")]).result()
        assert watched.kept[0]["document"] == before
        store.execute([change(before)]).result()
        assert watched.kept[0]["document"] == written != before
