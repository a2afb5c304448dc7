"""The same shift at the same time in several projects is one finding about their image, and one alert."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from buildtimetrend.app import create_app
from buildtimetrend.findings.document.shared_part import Shows, everything
from buildtimetrend.findings.kept.rows import known_of
from buildtimetrend.findings.shared.leader import ENDS, on_their_own
from buildtimetrend.model import Worker
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.feed import latest_findings
from buildtimetrend.store.statements import analyses
from buildtimetrend.web.analysis.overview import open_findings
from buildtimetrend.web.context import Context
from tests.findings.history import Seconds
from tests.findings.shared.projects import (
    NEW,
    OTHER,
    PROJECTS,
    SINCE,
    Projects,
    looked_at_once,
    opened,
    slower,
    steps,
)
from tests.findings.test_watch import BEGUN
from tests.web.conftest import KeptTasks


@pytest.fixture
def store(in_memory: Store) -> Store:
    return in_memory


def test_what_slows_three_projects_on_one_image_is_one_alert_to_which_their_findings_point(
    store: Store,
) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower())
    projects.look()
    [speaking] = opened(projects)
    [finding] = projects.documents(speaking)
    assert finding["sentence"].startswith("Jobs on ubuntu-latest take 40 % longer in three projects since ")
    assert finding["sentence"].endswith(
        f"{BEGUN + SINCE * timedelta(hours=3):%-d %b %Y}: ann/one, bob/two and cid/three."
    )
    assert finding["shared"]["projects"] == list(PROJECTS)
    assert "make" in finding["own_sentence"] or "python" in finding["own_sentence"]
    for repo in set(PROJECTS) - {speaking}:
        [pointing] = projects.documents(repo)
        led = pointing["part_of"]
        assert (led["repo"], led["id"], led["shared"]) == (speaking, finding["id"], finding["shared"])
        assert pointing["sentence"] == finding["sentence"] != pointing["own_sentence"]
        assert (pointing["alert"], pointing["shared"]) == (None, None)
        assert pointing["since"]["number"] == str(SINCE)
    assert [row["repo"] for row in open_findings(latest_findings(store, 10))] == [speaking]
    projects.land(range(52, 54), slower())
    projects.look()
    assert opened(projects) == [speaking]
    assert projects.documents(speaking)[0]["shared"]


def test_it_is_over_when_the_image_is_mended(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower(until=52))
    projects.look()
    projects.land(range(52, 64), slower(until=52))
    projects.look()
    lives = [
        (row["seconds"] > 0, row["state"]) for watched in projects.watched.values() for row in watched.kept
    ]
    assert sorted(life for life in lives if life[1]) == [(False, "acknowledged"), (True, "fixed")]
    assert [each for repo in PROJECTS for each in projects.sent(repo)] == 3 * ["mail"]


def test_one_that_was_told_before_the_others_moved_speaks_for_them(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 41), slower())
    projects.land(range(41, 52), slower(), only=PROJECTS[:1])
    projects.look()
    assert opened(projects) == [PROJECTS[0]]
    assert projects.documents(PROJECTS[0])[0]["shared"] is None
    projects.land(range(41, 52), slower(), only=PROJECTS[1:])
    projects.look()
    assert opened(projects) == [PROJECTS[0]]
    [finding] = projects.documents(PROJECTS[0])
    assert finding["shared"]["projects"] == list(PROJECTS)


def test_of_a_history_that_is_imported_one_speaks_for_all_and_nobody_is_told(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 80), slower(), begun=BEGUN - timedelta(days=60))
    projects.look()
    assert [each for repo in PROJECTS for each in projects.sent(repo)] == []
    documents = [each for repo in PROJECTS for each in projects.documents(repo)]
    assert [bool(each.get("shared")) for each in documents].count(True) == 1
    assert [bool(each.get("part_of")) for each in documents].count(True) == 2


@pytest.mark.parametrize(
    ("of", "worker"),
    [
        pytest.param(
            slower(), lambda repo: NEW if repo != PROJECTS[2] else OTHER, id="two of them on one image"
        ),
        pytest.param(
            {**slower(), PROJECTS[2]: steps(120, 4.0)}, lambda _: NEW, id="one by much more"
        ),
        pytest.param({**slower(), PROJECTS[2]: steps(120)}, lambda _: NEW, id="one did not move"),
        pytest.param(slower(), lambda _: Worker(), id="no image known"),
    ],
)  # fmt: skip
def test_what_is_not_one_cause_is_told_for_each_project(
    store: Store, of: Mapping[str, Mapping[str, Seconds]], worker: Callable[[str], Worker]
) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), of, worker)
    projects.look()
    moved = [repo for repo in PROJECTS if projects.documents(repo)]
    assert opened(projects) == moved
    assert all(each["shared"] is None for repo in moved for each in projects.documents(repo))


def test_one_that_people_have_put_aside_speaks_for_nobody(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 41), slower())
    projects.land(range(41, 52), slower(), only=PROJECTS[:1])
    projects.look()
    projects.does(PROJECTS[0], "wont_fix")
    projects.land(range(41, 52), slower(), only=PROJECTS[1:])
    projects.look()
    [aside, speaking, pointing] = [projects.documents(repo)[0] for repo in PROJECTS]
    assert (aside["alert"], aside["part_of"], aside["shared"]) == ("wont_fix", None, None)
    assert (speaking["alert"], speaking["shared"]["projects"]) == ("open", list(PROJECTS))
    assert (pointing["alert"], pointing["part_of"]["id"]) == (None, speaking["id"])


def test_what_it_spoke_for_is_told_once_it_is_put_aside(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower())
    projects.look()
    [first] = opened(projects)
    projects.does(first, "muted")
    projects.land([52], slower())
    projects.look()
    [second] = set(opened(projects)) - {first}
    [third] = set(PROJECTS) - {first, second}
    [speaking], [pointing] = projects.documents(second), projects.documents(third)
    assert (speaking["part_of"], speaking["shared"]["projects"]) == (None, list(PROJECTS))
    assert (pointing["alert"], pointing["part_of"]["id"]) == (None, speaking["id"])


def test_one_that_is_over_withdrawn_or_hidden_no_longer_speaks_for_the_others(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower())
    projects.look()
    [first] = opened(projects)
    [led] = [known_of(row) for row in projects.watched[next(iter({*PROJECTS} - {first}))].kept]
    now, leader = datetime.now(UTC), led.document["part_of"]["id"]

    def is_led(builds: int, shows: Shows = everything, asked_since: datetime = BEGUN) -> bool:
        [known] = on_their_own(store, [led], builds * [{"started_at": now}], asked_since, shows)
        return bool(known.document["part_of"])

    assert is_led(ENDS)
    assert not is_led(0, lambda repo: repo != first)
    store.execute([("UPDATE finding SET over_at = $now WHERE id = $id", {"now": now, "id": leader})]).result()
    assert is_led(ENDS - 1)
    assert not is_led(ENDS)
    assert is_led(ENDS, asked_since=now)  # nobody would be told of it
    withdrawn = "UPDATE finding SET withdrawn_at = $now WHERE id = $id"
    store.execute([(withdrawn, {"now": now, "id": leader})]).result()
    assert not is_led(0)


def test_a_channel_that_does_not_hear_of_the_one_that_speaks_hears_of_its_own_project(store: Store) -> None:
    def tell(repo: str, _: Mapping[str, Any]) -> Sequence[str]:
        return ["all", repo]

    projects = Projects(store, tell)
    projects.land(range(1, 52), slower(until=52))
    projects.look()
    sent = {repo: projects.sent(repo) for repo in PROJECTS}
    [speaking] = [repo for repo in PROJECTS if sent[repo] == ["all", repo]]
    assert {sent[repo] == [repo] for repo in set(PROJECTS) - {speaking}} == {True}
    projects.land(range(52, 64), slower(until=52))
    projects.look()
    ends = {repo: [row for row in projects.watched[repo].kept if row["seconds"] > 0] for repo in PROJECTS}
    assert {row["state"] for rows in ends.values() for row in rows} == {"fixed"}
    for repo in set(PROJECTS) - {speaking}:
        assert {each["channel"] for each in reads.notified(store, ends[repo][0]["id"])} == {repo}


def test_a_repo_that_may_not_be_shown_is_not_counted_and_shares_nothing(store: Store) -> None:
    projects = Projects(store, shows=lambda repo: repo != PROJECTS[2])
    projects.land(range(1, 52), slower())
    projects.look()
    assert opened(projects) == list(PROJECTS)
    assert all(each["shared"] is None for repo in PROJECTS for each in projects.documents(repo))


def test_a_repo_that_the_settings_hide_later_is_named_nowhere(store: Store) -> None:
    projects = Projects(store)
    projects.land(range(1, 52), slower())
    projects.look()
    for denied in PROJECTS:
        is_named_nowhere(store, denied, one_speaks=denied not in opened(projects))


def is_named_nowhere(store: Store, denied: str, *, one_speaks: bool) -> None:
    app = create_app(Context(Settings.of(denied_repo=(denied,)), store, {}, KeptTasks(store)))
    with TestClient(app) as client:
        pages = [
            f"/api/v1/projects/{repo}/{what}"
            for repo in PROJECTS
            if repo != denied
            for what in ("findings", "alerts")
        ]
        told = [client.get(path) for path in ["/", "/findings.atom", *pages]]
    assert {each.status_code for each in told} == {200}
    assert [each.url.path for each in told if denied in each.text] == []
    assert ("two projects since" in told[1].text) == one_speaks


def test_of_more_jobs_than_are_read_those_nearest_to_it_are(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildtimetrend.store.reads.beside.MOST_JOBS", 36)
    projects = Projects(store)
    projects.land(range(1, 60), slower())
    projects.look()
    assert len(opened(projects)) == 1


@given(
    arrival=st.permutations(2 * PROJECTS + PROJECTS), looks=st.lists(st.booleans(), min_size=9, max_size=9)
)
@settings(max_examples=4, deadline=None)
def test_in_whatever_order_their_histories_arrive_all_say_the_same(
    arrival: Sequence[str], looks: Sequence[bool]
) -> None:
    """Each in three parts, and others are looked at between them or not; all of it long ago."""
    begun, landed = BEGUN - timedelta(days=60), dict.fromkeys(PROJECTS, 0)
    with closing(open_store("duckdb://:memory:")) as store:
        projects = Projects(store)
        for repo, now in zip(arrival, looks, strict=True):
            numbers = range(1 + 26 * landed[repo], 27 + 26 * landed[repo])
            projects.land(numbers, slower(), only=[repo], begun=begun)
            landed[repo] += 1
            if now:
                projects.look()
        projects.look()
        found = {repo: projects.documents(repo) for repo in PROJECTS}
        assert [len(each) for each in found.values()] == [1, 1, 1]
        [first, *others] = [each[0] for each in found.values()]
        assert {each["sentence"] for each in others} == {first["sentence"]}
        assert first["shared"]["projects"] == list(PROJECTS)
        assert {each["part_of"]["id"] for each in others} == {first["id"]}
        assert [each for repo in PROJECTS for each in projects.sent(repo)] == []


def test_what_several_processes_find_at_once_is_joined_by_a_look_that_follows(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(store), "shared", True)
    projects, now = Projects(store), datetime.now(UTC)
    projects.land(range(1, 80), slower(), begun=BEGUN - timedelta(days=60))
    of = [(due.repo_id, due.pipeline) for due in analyses.due(store, now, 9)]
    assert len(of) == len(PROJECTS)
    looked_at_once(store, of, now)
    assert not any(each["shared"] for repo in PROJECTS for each in projects.documents(repo))
    projects.look()
    said = {each["sentence"] for repo in PROJECTS for each in projects.documents(repo)}
    assert len(said) == 1
    projects.look()
    assert analyses.due(store, now + timedelta(days=1), 9) == []
    store.execute([analyses.look_again(*each, datetime.fromtimestamp(0, UTC)) for each in of]).result()
    # At all builds, with the same answers: that is asked no more.
    looked_at_once(store, of, now + timedelta(days=1))
    assert analyses.due(store, now + timedelta(days=2), 9) == []
