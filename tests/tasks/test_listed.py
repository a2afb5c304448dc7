"""An import of numbers asks for a list: gaps are no failures, and no build is looked for by its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from buildtimetrend.demo.history import History
from buildtimetrend.demo.process import TravisProcess
from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.model import BuildRef, Import, Origin, Task
from buildtimetrend.providers.base import Selection
from buildtimetrend.providers.travis import Travis
from buildtimetrend.settings import Settings
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store, rows
from buildtimetrend.tasks.asked import new_tasks
from buildtimetrend.tasks.listed import REFUSED_FOR, TOGETHER, Gap, Listed
from tests.tasks.conftest import Start
from tests.tasks.providers import SmallCI, build, eventually

pytestmark = pytest.mark.races

REPO = "alice/app"


def numbered(ci: SmallCI, number: int) -> BuildRef:
    return BuildRef(ci.name, ci.instance, REPO, number=str(number))


def batch(first: int, last: int) -> Import:
    return Import("import-1", "small", REPO, first, last, datetime.now(UTC))


def test_gaps_among_an_imports_numbers_are_no_failures(ci: SmallCI, store: Store, start: Start) -> None:
    for number in (3, 4, 7):
        del ci.builds[f"b-{REPO}-{number}"]
    tasks = start()
    tasks.schedule([numbered(ci, n) for n in range(1, 25)], Origin.IMPORT, batch=batch(1, 24)).result()
    eventually(lambda: rows(reads.one_import(store, "import-1"))[0]["finished_at"], 30)
    found = rows(reads.one_import(store, "import-1"))[0]
    assert (found["total"], found["done"], found["absent"], found["failed"]) == (24, 17, 7, 0)
    gaps = rows(reads.import_tasks(store, "import-1", 100, 0, "absent"))
    assert sorted(gap["reason"] for gap in gaps) == [
        f"There is no build {n}." for n in (21, 22, 23, 24, 3, 4, 7)
    ]
    assert ci.listed == [(REPO, 1, 24)]


@pytest.fixture
def importing(in_file: Store) -> Callable[[int, int], list[Task]]:
    def schedule(first: int, last: int) -> list[Task]:
        made = batch(first, last)
        now = datetime.now(UTC)
        ci = SmallCI()
        refs = [numbered(ci, n) for n in range(first, last + 1)]
        tasks = new_tasks(refs, Origin.IMPORT, now, 0, made)
        in_file.add_tasks(tasks, made).result()
        return tasks

    return schedule


def test_a_repo_that_the_ci_refuses_fails_its_whole_import_at_once(
    ci: SmallCI, store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(repo: str, selection: Selection) -> Iterator[BuildRef]:
        raise PermanentError(f"ci.example knows no {repo}.", detail="repo")

    monkeypatch.setattr(ci, "select", refuse)
    tasks = start()
    wanted = [numbered(ci, n) for n in range(1, 25)]
    other = tasks.schedule([numbered(ci, 30)], Origin.REQUEST, spacing=3600).result()
    tasks.schedule(wanted, Origin.IMPORT, spacing=3600, batch=batch(1, 24)).result()
    eventually(lambda: rows(reads.one_import(store, "import-1"))[0]["finished_at"], 30)
    found = rows(reads.one_import(store, "import-1"))[0]
    assert (found["total"], found["failed"], found["waiting"]) == (24, 24, 0)
    reasons = {task["reason"] for task in rows(reads.import_tasks(store, "import-1", 100, 0))}
    assert reasons == {f"ci.example knows no {REPO}."}
    assert other[0].import_id is None
    [again, *_] = [task["id"] for task in rows(reads.import_tasks(store, "import-1", 100, 0))]
    assert tasks.retry(again).result().id == again


def test_a_list_is_asked_for_once_and_only_of_so_many(
    in_file: Store, importing: Callable[[int, int], list[Task]]
) -> None:
    ci = SmallCI(build(number) for number in range(1, 1500, 2))
    listed = Listed(in_file)
    named = gaps = 0
    for task in importing(11, 1210):
        try:
            named += listed.ref(ci, task).id is not None
        except Gap:
            gaps += 1
    assert (named, gaps) == (600, 600)
    assert ci.listed == [
        (REPO, start, min(1210, start + TOGETHER - 1)) for start in range(11, 1211, TOGETHER)
    ]


def test_what_is_no_imports_number_is_not_listed(
    in_file: Store, importing: Callable[[int, int], list[Task]]
) -> None:
    ci = SmallCI([build(1)])
    task = importing(1, 2)[0]
    alone = replace(task, import_id=None)
    by_id = replace(task, ref=replace(task.ref, id="b-1"))
    forgotten = replace(task, import_id="another")
    version = replace(task, ref=replace(task.ref, number="1.2"))
    for other in (alone, by_id, forgotten, version):
        assert Listed(in_file).ref(ci, other) == other.ref
    assert ci.listed == []


def test_a_refusal_counts_for_all_numbers_for_a_minute_and_trouble_for_one(
    in_file: Store, importing: Callable[[int, int], list[Task]]
) -> None:
    class Refusing(SmallCI):
        error: Exception | None = None

        def select(self, repo: str, selection: Selection) -> Iterator[BuildRef]:
            found = super().select(repo, selection)
            if self.error:
                raise self.error
            return found

    ci = Refusing([build(1), build(2)])
    now = 0.0
    listed = Listed(in_file, clock=lambda: now)
    one, two = importing(1, 2)
    ci.error = TemporaryError("busy")
    for _ in range(2):
        with pytest.raises(TemporaryError):
            listed.ref(ci, one)
    assert len(ci.listed) == 2
    ci.error = PermanentError("no such repo")
    for task in (one, two):
        with pytest.raises(PermanentError):
            listed.ref(ci, task)
    assert len(ci.listed) == 3
    ci.error, now = None, REFUSED_FOR + 1
    assert [listed.ref(ci, task).id for task in (one, two)] == [f"b-{REPO}-1", f"b-{REPO}-2"]


@pytest.mark.servers
def test_of_a_simulated_travis_ci_500_numbers_are_listed_by_a_handful_of_requests(
    in_file: Store, importing: Callable[[int, int], list[Task]]
) -> None:
    with TravisProcess(History(1, 1_780_000_000)) as simulated:
        travis = Travis(Settings.of(travis_api_url=simulated.url).section("travis"))
        listed = Listed(in_file)
        exist = 0
        for task in importing(1, 500):
            ref = replace(task.ref, repo="simulated/boxes")
            with suppress(Gap):
                exist += listed.ref(travis, replace(task, ref=ref)).id is not None
        asked = httpx.get(f"{simulated.url}/_requests", timeout=30).json()
        travis.close()
    known = [n for n in History(1, 1_780_000_000).numbers("simulated/boxes") if n <= 500]
    assert exist == len(known)
    assert sum(asked.values()) <= 10
