"""Lists of runs: pages that move, windows of 1,000, ETags; what a history costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.providers.base import Latest, Numbers, Period
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github import GitHub, listed_pages
from buildtimetrend.providers.github.listed_pages import ListedPage, ListedPages
from buildtimetrend.providers.github.provider import MOST_ATTEMPTS
from buildtimetrend.providers.github.runs import run_of
from tests.providers.github.answers import REPO, RUNS, job, paged, run
from tests.providers.github.test_which_pipeline import file
from tests.providers.server import Asked, Reply, Server

START = datetime(2026, 3, 1, tzinfo=UTC)
EVER = Period(START - timedelta(days=9999), datetime.now(UTC))


def at(seconds: int) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def history(count: int, apart: int = 60) -> list[dict[str, Any]]:
    """Newest first."""
    return [
        run(id, id, created_at=at(id * apart), run_started_at=at(id * apart), head_sha=f"c{id}")
        for id in range(count, 0, -1)
    ]


def filtered(runs: Sequence[dict[str, Any]], most: int = 1000) -> Any:
    """As GitHub does: by creation, both ends included, and no more than 1,000 of them."""

    def page(asked: Asked) -> Reply:
        since, _, until = asked.query.get("created", "..").partition("..")
        found = [each for each in runs if since <= each["created_at"] <= (until or "9")]
        if "created" in asked.query:
            found = found[:most]
        reply: Reply = paged("workflow_runs", found)(asked)
        return reply

    return page


def ids(found: Any) -> list[int]:
    return [int(ref.id) for ref in found]


def test_a_history_is_listed_by_100(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = paged("workflow_runs", history(250))
    assert ids(github.select(REPO, Latest(10**6))) == [*range(250, 0, -1)]
    assert [asked.query for asked in server.asked] == [
        {"per_page": "100", "page": str(page)} for page in (1, 2, 3)
    ]


def test_runs_that_come_while_pages_are_read_repeat_none_and_lose_none(
    server: Server, github: GitHub
) -> None:
    pages = iter([history(250), history(253), history(256), history(256)])

    def moving(asked: Asked) -> Reply:
        reply: Reply = paged("workflow_runs", next(pages))(asked)
        return reply

    server.routes[RUNS] = moving
    assert ids(github.select(REPO, Latest(10**6))) == [*range(250, 0, -1)]


def test_a_list_that_is_read_slowly_loses_nothing_though_many_runs_come(
    server: Server, github: GitHub
) -> None:
    """250 more for each page that is read. Whole pages are of runs that were read, others of new ones."""
    pages = iter(range(300, 10**6, 250))

    def moving(asked: Asked) -> Reply:
        newest = min(next(pages), 1300)
        reply: Reply = paged("workflow_runs", history(newest))(asked)
        return reply

    server.routes[RUNS] = moving
    found = ids(github.select(REPO, Latest(10**6)))
    assert len(set(found)) == len(found)
    assert [id for id in found if id <= 300] == [*range(300, 0, -1)]


def test_a_list_that_goes_in_a_wide_circle_ends(server: Server, github: GitHub) -> None:
    runs = history(6000, apart=600)

    def circle(asked: Asked) -> Reply:
        number = (int(asked.query["page"]) - 1) % 60
        return Reply({"workflow_runs": runs[number * 100 : number * 100 + 100]})

    server.routes[RUNS] = circle
    assert ids(github.select(REPO, Latest(10**6))) == [*range(6000, 0, -1)]
    assert len(server.asked) < 80


def test_a_page_with_fewer_is_followed_where_there_are_more(server: Server, github: GitHub) -> None:
    runs = history(10)

    def page(asked: Asked) -> Reply:
        number = int(asked.query["page"])
        link = {"Link": f'<{server.url}/x?page={number + 1}>; rel="next"'} if number < 3 else {"Link": "<x>"}
        return Reply({"workflow_runs": runs[(number - 1) * 4 : number * 4]}, headers=link)

    server.routes[RUNS] = page
    assert ids(github.select(REPO, Latest(100))) == [*range(10, 0, -1)]


def test_a_period_of_more_than_1000_runs_is_whole(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = filtered(history(2345))
    assert ids(github.select(REPO, EVER)) == [*range(2345, 0, -1)]


def test_a_period_whose_pages_lack_some_runs_is_whole(server: Server, github: GitHub) -> None:
    """Ten pages of 90 are 900 runs, and no end: some are left out of a page that says that there are more."""
    runs = history(1234)

    def page(asked: Asked) -> Reply:
        since, _, until = asked.query["created"].partition("..")
        found = [each for each in runs if since <= each["created_at"] <= until][:900]
        number = int(asked.query["page"])
        told = found[(number - 1) * 90 : number * 90]
        link = f'<{server.url}/x?page={number + 1}>; rel="next"' if number * 90 < len(found) else "<x>"
        return Reply({"workflow_runs": told}, headers={"Link": link})

    server.routes[RUNS] = page
    assert ids(github.select(REPO, EVER)) == [*range(1234, 0, -1)]
    assert len(server.asked) == 10 + 4


def test_a_period_of_pages_without_any_runs_ends(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = Reply({"workflow_runs": []}, headers={"Link": f'<{server.url}/x>; rel="next"'})
    assert ids(github.select(REPO, EVER)) == []
    assert len(server.asked) == 10


def test_a_window_that_ends_inside_a_second_loses_nothing(server: Server, github: GitHub) -> None:
    """Runs 1,340 to 1,350 were created in one second, in which the first 1,000 end."""
    runs = history(2345)
    for each in runs:
        if 1340 <= each["id"] <= 1350:
            each["created_at"] = at(1345 * 60)
    server.routes[RUNS] = filtered(runs)
    assert ids(github.select(REPO, EVER)) == [*range(2345, 0, -1)]


def test_a_second_with_more_than_a_list_holds_is_passed(server: Server, github: GitHub) -> None:
    runs = [*history(1500, apart=0), run(10_000, 1, created_at=at(-60))]
    server.routes[RUNS] = filtered(runs)
    found = ids(github.select(REPO, EVER))
    assert found[:1000] == [*range(1500, 500, -1)]
    assert found[-1] == 10_000


def test_a_period_has_its_first_instant_and_not_its_last(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = filtered(history(10))
    period = Period(START + timedelta(seconds=180), START + timedelta(seconds=420))
    assert ids(github.select(REPO, period)) == [6, 5, 4, 3]
    assert server.asked[0].query["created"] == "2026-03-01T00:03:00Z..2026-03-01T00:07:00Z"


def test_a_page_that_has_not_changed_is_remembered(server: Server, github: GitHub) -> None:
    def page(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"one"':
            return Reply(b"", 304, {"ETag": '"one"'})
        return Reply({"workflow_runs": history(3)}, headers={"ETag": '"one"'})

    server.routes[RUNS] = page
    assert ids(github.select(REPO, Latest(5))) == ids(github.select(REPO, Latest(5))) == [3, 2, 1]
    assert len(server.asked) == 2


def test_pages_of_hundreds_of_repos_are_remembered_from_one_sweep_to_the_next() -> None:
    """There is room for those of 1,000 repos, of each of which a sweep reads five."""
    runs = tuple(
        run_of(
            Fields({**each, "head_sha": sha256(str(each["id"]).encode()).hexdigest()[:40]}),
            "https://api.github.com",
        )
        for each in history(100)
    )
    page = ListedPage.of('"etag"', runs, leads_on=True)
    assert page.size * 5 * 1000 < listed_pages.MOST
    pages = ListedPages()
    names = [f"octo/{number}?page={place}" for number in range(1000) for place in range(1, 6)]
    for name in names:
        pages.put(name, page)
    assert [name for name, _ in pages.items()] == names[::-1]
    assert page.runs == runs


def test_pages_that_are_remembered_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ListedPage.of('"e"', (), leads_on=False)
    monkeypatch.setattr(listed_pages, "MOST", 3 * page.size)
    pages = ListedPages()
    for name in "abcd":
        pages.put(name, page)
    assert [name for name, _ in pages.items()] == ["d", "c", "b"]


def test_of_a_run_whose_number_of_attempts_cannot_be_true_the_latest_are_listed(
    server: Server, github: GitHub
) -> None:
    server.routes[RUNS] = Reply({"workflow_runs": [run(run_attempt=2_000_000_000)]})
    found = [ref.attempt for ref in github.select(REPO, Latest(1))]
    assert found == [*range(2_000_000_000, 2_000_000_000 - MOST_ATTEMPTS, -1)]


def test_an_attempt_that_no_store_holds_is_a_wrong_field(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = Reply({"workflow_runs": [run(run_attempt=10**17)]})
    with pytest.raises(TemporaryError, match="run_attempt"):
        list(github.select(REPO, Latest(1)))


def test_a_first_page_that_has_not_changed_hides_no_re_run_further_down(
    server: Server, github: GitHub
) -> None:
    runs = history(150)

    def page(asked: Asked) -> Reply:
        number = int(asked.query["page"])
        tag = f'"{number}-{sum(each["run_attempt"] for each in runs[(number - 1) * 100 :][:100])}"'
        if asked.headers.get("if-none-match") == tag:
            return Reply(b"", 304)
        reply = paged("workflow_runs", runs)(asked)
        return Reply(reply.body, headers={"ETag": tag})

    server.routes[RUNS] = page
    assert len(list(github.select(REPO, Latest(150)))) == 150
    runs[-1]["run_attempt"] = 2
    found = [(ref.id, ref.attempt) for ref in github.select(REPO, Latest(150))]
    assert found[-2:] == [("1", 2), ("1", 1)]


def test_numbers_are_looked_for_until_no_workflow_can_have_them(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = paged("workflow_runs", history(2000))
    assert [ref.number for ref in github.select(REPO, Numbers(1801, 1803))] == ["1803", "1802", "1801"]
    assert len(server.asked) < 10


def test_a_run_is_found_by_its_number(server: Server, github: GitHub) -> None:
    from buildtimetrend.model import BuildRef

    server.routes[RUNS] = paged("workflow_runs", history(5))
    server.routes[f"{RUNS}/3"] = Reply(run(3, 3))
    server.routes[f"{RUNS}/3/attempts/1/jobs"] = paged("jobs", [job()])
    assert github.fetch(BuildRef("github", github.instance, REPO, number="3")).id == "3"
    with pytest.raises(PermanentError, match="has no run 77"):
        github.fetch(BuildRef("github", github.instance, REPO, number="77"))
    with pytest.raises(PermanentError, match=r"'1\.5' is not the id or number"):
        github.fetch(BuildRef("github", github.instance, REPO, number="1.5"))


def test_a_repo_that_there_is_not_is_told_as_such(github: GitHub) -> None:
    with pytest.raises(PermanentError, match=rf"knows no {REPO} .*github\.token"):
        list(github.select(REPO, Latest(1)))
    for wrong in ("octo", "a/b/c", "../x", "a b/c"):
        with pytest.raises(PermanentError, match="owner/name"):
            github.select(wrong, Latest(1))


def test_a_wrong_page_names_its_field(server: Server, github: GitHub) -> None:
    server.routes[RUNS] = Reply({"workflow_runs": [run(run_number=None)]})
    with pytest.raises(TemporaryError, match="run_number"):
        list(github.select(REPO, Latest(1)))


def test_a_history_costs_one_request_a_run_one_for_100_and_one_for_each_file(
    server: Server, github: GitHub
) -> None:
    """Each run is of another commit; the file changes once."""
    runs = history(250)
    server.routes[RUNS] = filtered(runs)
    first, then = "jobs: {a: {}, b: {needs: a}}", "jobs: {a: {}, b: {}}"
    file(server, first)
    for told in runs:
        began = told["run_started_at"]
        base = int((datetime.fromisoformat(began) - START).total_seconds())
        needed = told["id"] > 100
        b = base + 31 if needed else base + 1
        jobs = [
            job(
                2 * told["id"],
                "a",
                created_at=at(base + 1),
                started_at=at(base + 5),
                completed_at=at(base + 30),
            ),
            job(2 * told["id"] + 1, "b", created_at=at(b), started_at=at(b + 4), completed_at=at(b + 20)),
        ]
        server.routes[f"{RUNS}/{told['id']}/attempts/1/jobs"] = paged("jobs", jobs)
    builds = {}
    for ref in github.select(REPO, EVER):
        if ref.id == "100":
            file(server, then)
        builds[int(ref.id or 0)] = github.fetch(ref)
    assert len(builds) == 250
    for id, build in builds.items():
        assert [each.needs for each in build.jobs] == [(), (str(2 * id),) if id > 100 else ()]
    contents = [path for path in server.paths() if "/contents/" in path]
    assert len(contents) == 2
    assert len(server.asked) == 250 + 3 + len(contents)
    assert github.requests() == len(server.asked)


def test_a_job_that_began_just_after_another_may_have_needed_it(server: Server, github: GitHub) -> None:
    """The older run's file says so; that of the newer one, which was read before, does not."""
    runs = history(2)
    server.routes[RUNS] = filtered(runs)
    for told in runs:
        base = int((datetime.fromisoformat(told["run_started_at"]) - START).total_seconds())
        first, later = (base + 5, base + 400), (base + 403, base + 500)
        jobs = [
            job(id, name, created_at=at(base), started_at=at(began), completed_at=at(ended))
            for id, name, (began, ended) in ((1, "a", first), (2, "b", later))
        ]
        server.routes[f"{RUNS}/{told['id']}/attempts/1/jobs"] = paged("jobs", jobs)
    needs = []
    for ref in github.select(REPO, EVER):
        file(server, "jobs: {a: {}, b: {}}" if ref.id == "2" else "jobs: {a: {}, b: {needs: a}}")
        needs.append(github.fetch(ref).jobs[1].needs)
    assert needs == [(), ("1",)]
