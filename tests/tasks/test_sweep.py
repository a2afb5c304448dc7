"""Builds whose notification got lost are found."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Build, BuildRef, Delivery, Origin, Task, TaskState
from buildtimetrend.providers.base import Changed, RateLimit, Selection
from buildtimetrend.settings import Settings
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import presence
from buildtimetrend.tasks.sweep import OVERLAP, Sweep
from tests.tasks.providers import SmallCI, build, ref

pytestmark = pytest.mark.races


@pytest.fixture
def store(in_file: Store) -> Store:
    return in_file


def swept(store: Store, ci: SmallCI, settings: Settings | None = None) -> list[str]:
    scheduled: list[str] = []

    def schedule(refs: Sequence[BuildRef], origin: Origin) -> None:
        assert origin is Origin.SWEEP
        scheduled.extend(str(found.number) for found in refs)

    Sweep(settings or Settings(), store, {ci.name: ci}, schedule).once()
    return sorted(scheduled, key=lambda number: [int(part) for part in number.split(".")])


def save(store: Store, *builds: Build) -> None:
    for made in builds:
        store.save(made).result(60)


def test_builds_that_never_arrived_are_scheduled_from_the_first_stored_one_on(store: Store) -> None:
    ci = SmallCI(build(number) for number in range(1, 11))
    save(store, build(4), build(6))
    assert swept(store, ci) == ["5", "7", "8", "9", "10"]


class Telling(SmallCI):
    """Tells which builds changed, and when."""

    tells_changes = True

    def __init__(self, *changed: Changed) -> None:
        super().__init__()
        self.changed = changed
        self.looks: list[datetime] = []  # since when it was asked

    def changed_since(self, repo: str, since: datetime) -> Iterator[Changed]:
        self.looks.append(since)
        return iter(self.changed)


def test_stored_builds_that_changed_since_they_were_fetched_are_fetched_anew(store: Store) -> None:
    """Whatever their age: also one that was begun, stored and tried again between two looks."""
    now = datetime.now(UTC)
    builds = [build(number) for number in range(1, 6)]
    save(store, *builds[:4])
    fetched_at = now - timedelta(minutes=30)
    for number in (1, 2):
        task = Task(f"t{number}", ref(builds[number - 1]), Origin.HOOK, fetched_at, fetched_at)
        store.add_tasks([replace(task, state=TaskState.DONE, finished_at=now)]).result(60)
    before, after = fetched_at - timedelta(seconds=1), fetched_at + timedelta(seconds=1)
    changed = [
        Changed(ref(made), at) for made, at in zip(builds, (before, after, before, None, after), strict=True)
    ]
    assert swept(store, Telling(*changed)) == ["2", "3", "4"]


def test_changes_are_looked_for_now_and_then_also_by_another_process(store: Store) -> None:
    save(store, build(1))
    ci = Telling(Changed(ref(build(1)), None))
    assert swept(store, ci) == ["1"]
    for _ in range(2):
        assert swept(store, ci) == [], "as after a restart"
    assert len(ci.looks) == 1


def test_changes_are_looked_for_since_the_last_look_however_long_ago_that_was(store: Store) -> None:
    save(store, build(1))
    ci = Telling(Changed(ref(build(1)), None))
    long_ago = datetime.now(UTC) - timedelta(days=9)
    store.execute(presence.note("look at small alice/app", long_ago)).result(60)
    assert swept(store, ci) == ["1"]
    assert ci.looks == [long_ago - OVERLAP]


def test_a_look_at_changes_that_failed_is_made_again(store: Store) -> None:
    class Away(Telling):
        def changed_since(self, repo: str, since: datetime) -> Iterator[Changed]:
            raise TemporaryError("away")

    save(store, build(1))
    assert swept(store, Away()) == []
    assert swept(store, Telling(Changed(ref(build(1)), None))) == ["1"]


def test_a_ci_that_tells_of_no_changes_is_not_asked_for_them(store: Store) -> None:
    save(store, build(1))
    swept(store, SmallCI([build(1)]))
    assert store.select("SELECT name FROM lease") == {"name": []}


def test_a_sweep_leaves_what_is_kept_of_the_limit_of_requests_to_fresh_builds(store: Store) -> None:
    ci = SmallCI(build(number) for number in range(1, 4))
    save(store, build(1))
    ci.limit = RateLimit(5000, 500, datetime.now(UTC) + timedelta(minutes=10))
    assert swept(store, ci) == []
    assert ci.pages == 0
    ci.limit = RateLimit(5000, 501, datetime.now(UTC) + timedelta(minutes=10))
    assert swept(store, ci) == ["2", "3"]
    ci.limit = RateLimit(5000, 0, datetime.now(UTC) - timedelta(seconds=1))  # it is reset
    assert swept(store, ci) == ["2", "3"]


def test_a_build_that_still_runs_is_left_to_its_notification(store: Store) -> None:
    ci = SmallCI([build(1), build(2, result=None, raw_result="started")])
    save(store, build(1))
    assert swept(store, ci) == []


def test_a_build_with_a_job_that_still_ran_is_fetched_again(store: Store) -> None:
    now = datetime.now(UTC)
    whole = build(1)
    running = replace(whole.jobs[0], result=None, raw_result="started", started_at=now, finished_at=None)
    save(store, replace(whole, jobs=(running,)))
    assert swept(store, SmallCI([whole])) == ["1"]


def test_builds_that_wait_or_could_not_be_had_are_left_alone(store: Store) -> None:
    now = datetime.now(UTC)
    save(store, build(1))
    waiting = Task("t2", ref(build(2)), Origin.HOOK, now, now)
    failed = Task("t3", ref(build(3)), Origin.SWEEP, now, now, state=TaskState.FAILED, finished_at=now)
    store.add_tasks([waiting, failed]).result(60)
    assert swept(store, SmallCI(build(number) for number in range(1, 5))) == ["4"]


def test_a_build_that_was_asked_for_by_another_name_of_its_repo_is_left_alone(store: Store) -> None:
    now = datetime.now(UTC)
    save(store, build(1, "alice/former", repo_id="7"), build(2, repo_id="7"))
    names = {3: "alice/app", 4: "Alice/App", 5: "alice/former", 6: "alice/apple"}
    store.add_tasks(
        [
            Task(f"t{number}", replace(ref(build(number)), repo=name), Origin.HOOK, now, now)
            for number, name in names.items()
        ]
    ).result(60)
    assert swept(store, SmallCI(build(number) for number in range(2, 7))) == ["6"]


def test_a_ci_that_does_not_answer_ends_that_repo_only(store: Store) -> None:
    class HalfAway(SmallCI):
        def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
            if repo == "alice/app":
                raise TemporaryError("away")
            return iter([ref(made) for made in self.builds.values() if made.repo == repo])

    ci = HalfAway([build(1), build(2), build(1, "bob/app"), build(2, "bob/app")])
    save(store, build(1), build(1, "bob/app"))
    assert swept(store, ci) == ["2"]


class Listing(SmallCI):
    """Lists builds in the order that they are given in, and breaks at a repo called `broken`."""

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        if repo == "alice/broken":
            raise ValueError("a fault of ours")
        return iter([ref(made) for made in self.builds.values() if made.repo == repo])


def test_numbers_that_are_no_integers_are_swept_like_others(store: Store) -> None:
    texts = ["2024.10", "2024.9", "v7-rc1", "\u0663", "9" * 5000, "-1", ""]
    made = [replace(build(at), number=text) for at, text in enumerate(texts, 1)]
    others = [build(1, "bob/app"), build(2, "bob/app")]
    save(store, made[0], others[0])
    scheduled: list[str | None] = []
    ci = Listing([*made, *others])
    Sweep(Settings(), store, {ci.name: ci}, lambda refs, _: scheduled.extend(each.id for each in refs)).once()
    assert sorted(scheduled, key=str) == sorted([each.id for each in made[1:]] + [others[1].id], key=str)


def test_a_number_that_is_no_integer_leaves_the_bound_of_the_others(store: Store) -> None:
    ci = Listing([replace(build(6), number="2024.10"), build(5), build(4), build(1)])
    save(store, build(4), replace(build(6), number="2024.10"))
    assert swept(store, ci) == ["5"]


def test_a_fault_in_one_repos_sweep_keeps_neither_the_others_nor_what_is_old(store: Store) -> None:
    then = datetime.now(UTC) - timedelta(days=31)
    old = Task("t", ref(build(9)), Origin.HOOK, then, then, state=TaskState.DONE, finished_at=then)
    store.add_tasks([old]).result(60)
    save(store, build(1, "alice/broken"), build(1, "bob/app"))
    assert swept(store, Listing([build(1, "bob/app"), build(2, "bob/app")])) == ["2"]
    assert store.select("SELECT id FROM task") == {"id": []}


def test_old_deliveries_and_tasks_are_dropped_and_builds_are_kept(store: Store) -> None:
    now = datetime.now(UTC)
    save(store, build(1))
    for days in (29, 31):
        then = now - timedelta(days=days)
        task = Task(f"t{days}", ref(build(days)), Origin.HOOK, then, then)
        store.accept(Delivery(f"d{days}", "small", "alice/app", then, "passed", "{}"), task).result(60)
        store.update_task(replace(task, state=TaskState.DONE, finished_at=then)).result(60)
    swept(store, SmallCI([build(1)]))
    assert store.select("SELECT id FROM delivery") == {"id": ["d29"]}
    assert store.select("SELECT id FROM task") == {"id": ["t29"]}
    assert store.select("SELECT number FROM build") == {"number": ["1"]}


def test_denied_repos_are_not_swept(store: Store) -> None:
    ci = SmallCI([build(1), build(2)])
    save(store, build(1))
    assert swept(store, ci, Settings(denied_repo=("alice",))) == []


def test_a_repo_of_another_code_host_is_asked_for_by_its_own_name(store: Store) -> None:
    """Here it is called by its host, too, since a repo of the first host has its name."""
    store.save(build(1, instance="https://first.example", code_host="first.example")).result(60)
    made = [build(number, code_host="second.example") for number in range(1, 5)]
    save(store, made[0])
    now = datetime.now(UTC)
    failed = Task("t3", ref(made[2]), Origin.SWEEP, now, now, state=TaskState.FAILED, finished_at=now)
    store.add_tasks([failed]).result(60)
    assert swept(store, SmallCI(made)) == ["2", "4"]


def test_a_low_number_of_another_pipeline_is_no_history(store: Store) -> None:
    """Each pipeline has numbers of its own: a listing tells what came before by its order."""
    old, new = build(50), build(52)
    save(store, old, new)
    lost = replace(build(51), number="1", pipeline="lint.yml", id="lint-1")
    assert swept(store, Listing([new, lost, old, build(49)])) == ["1"]


class Numbering(Listing):
    """Numbers attempts, as GitHub does, and lists all of each run at its place."""

    sweep_depth = 500

    def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
        for made in self.builds.values():
            for attempt in range(made.attempt or 1, 0, -1):
                yield replace(ref(made), attempt=attempt)


def attempts(store: Store, ci: SmallCI) -> list[tuple[str | None, int | None]]:
    found: list[tuple[str | None, int | None]] = []
    add = lambda refs, _: found.extend((each.number, each.attempt) for each in refs)  # noqa: E731
    Sweep(Settings(), store, {ci.name: ci}, add).once()
    return found


def test_a_lost_re_run_is_found_at_its_old_place_in_the_list(store: Store) -> None:
    first = [build(number, attempt=1) for number in range(150, 0, -1)]
    save(store, *first[:-20])
    rerun = {"147": 2, "30": 3, "10": 2}  # the last is of a run that was never stored
    ci = Numbering(replace(made, attempt=rerun.get(made.number, 1)) for made in first)
    assert attempts(store, ci) == [("147", 2), ("30", 3), ("30", 2)]


def test_an_attempt_that_could_not_be_had_is_left_alone_and_the_next_is_not(store: Store) -> None:
    now = datetime.now(UTC)
    save(store, build(1, attempt=1))
    failed = replace(ref(build(1)), attempt=2)
    task = Task("t", failed, Origin.SWEEP, now, now, state=TaskState.FAILED, finished_at=now)
    store.add_tasks([task]).result(60)
    assert attempts(store, Numbering([build(1, attempt=3)])) == [("1", 3)]
