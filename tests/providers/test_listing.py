"""Listings: what a sweep and an import read instead of one request for each build."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.model import BuildRef
from buildtimetrend.providers.base import Latest, Numbers
from buildtimetrend.providers.travis import Travis
from tests.providers.answers import EVERYTHING, REPO, recorded, v3_build
from tests.providers.server import Asked, Reply, Server

V3_PATH = f"/repo/{REPO.replace('/', '%2F')}/builds"
V2_PATH = f"/repos/{REPO}/builds"


def entry(number: int) -> dict[str, Any]:
    return {"id": 1000 + number, "number": str(number), "state": "started" if number % 10 == 9 else "passed"}


class Builds:
    """A repo's builds, listed by both versions of the API."""

    def __init__(self, numbers: list[int]) -> None:
        self.entries = [entry(number) for number in sorted(numbers, reverse=True)]

    def v3(self, asked: Asked) -> Reply:
        offset, limit = int(asked.query["offset"]), min(int(asked.query["limit"]), 100)
        following = {"offset": offset + limit} if offset + limit < len(self.entries) else None
        page = self.entries[offset : offset + limit]
        return Reply({"@type": "builds", "@pagination": {"next": following}, "builds": page})

    def v2(self, asked: Asked) -> Reply:
        after, number = asked.query.get("after_number"), asked.query.get("number")
        found = [b for b in self.entries if after is None or int(b["number"]) < int(after)]
        found = [b for b in found if number is None or b["number"] == number]
        return Reply({"builds": found[:25], "commits": []})


def numbers(refs: Any) -> list[int]:
    return [int(ref.number) for ref in refs]


def test_recent_builds_are_the_finished_ones_newest_first(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds(list(range(1, 251))).v3
    refs = list(travis.select(REPO, EVERYTHING))
    assert numbers(refs) == [n for n in range(250, 0, -1) if n % 10 != 9]
    assert refs[0] == BuildRef("travis", server.url, REPO, id="1250", number="250")
    assert len(server.asked) == 3


def test_recent_builds_are_read_page_by_page(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds(list(range(1, 1001))).v3
    assert len(list(itertools.islice(travis.select(REPO, EVERYTHING), 50))) == 50
    assert len(server.asked) == 1


def test_recent_builds_of_version_2(server: Server, travis: Travis) -> None:
    server.otherwise = Reply(b"", 404)
    server.routes[V2_PATH] = Builds(list(range(1, 61))).v2
    assert numbers(travis.select(REPO, EVERYTHING)) == [n for n in range(60, 0, -1) if n % 10 != 9]


def test_builds_that_arrive_while_a_listing_is_read_are_not_told_twice(
    server: Server, travis: Travis
) -> None:
    builds = Builds(list(range(1, 251)))

    def growing(asked: Asked) -> Reply:
        reply = builds.v3(asked)
        builds.entries.insert(0, entry(int(builds.entries[0]["number"]) + 1))
        return reply

    server.routes[V3_PATH] = growing
    assert numbers(travis.select(REPO, EVERYTHING)) == [n for n in range(250, 0, -1) if n % 10 != 9]


def test_a_listing_that_never_ends_is_left(server: Server, travis: Travis) -> None:
    page = {"@pagination": {"next": {"offset": 5}}, "builds": [entry(1)]}
    server.routes[V3_PATH] = Reply(page)
    assert numbers(travis.select(REPO, EVERYTHING)) == [1]


def test_the_recorded_listings_are_read(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Reply({**recorded("10-v3-builds"), "@pagination": {"next": None}})
    assert numbers(travis.select(REPO, EVERYTHING)) == [389, 388]


@pytest.mark.parametrize("repo", ["a", "a/b/c", "../x", "a/b?limit=1"])
def test_a_repo_that_is_no_slug_is_refused_at_once(travis: Travis, repo: str) -> None:
    with pytest.raises(PermanentError):
        travis.select(repo, EVERYTHING)


def test_trouble_in_the_middle_of_a_listing_is_temporary(server: Server, travis: Travis) -> None:
    builds = Builds(list(range(1, 251)))
    server.routes[V3_PATH] = lambda asked: (
        builds.v3(asked) if asked.query["offset"] == "0" else Reply({}, 500)
    )
    with pytest.raises(TemporaryError):
        list(travis.select(REPO, EVERYTHING))
    server.routes[V3_PATH] = Reply({"builds": [{"id": 1, "number": None}]})
    with pytest.raises(TemporaryError, match=r"builds\[0\]\.number"):
        list(travis.select(REPO, EVERYTHING))


GAPPY = [n for n in range(1, 5001) if n % 7 and not 2000 < n < 3000]


@pytest.mark.parametrize("last", [5000, 4999, 4321, 3001, 2999, 2500, 1999, 150, 100, 1, 9999])
@pytest.mark.parametrize("version", [3, 2])
def test_a_range_of_numbers_is_found_whatever_is_missing(
    server: Server, travis: Travis, last: int, version: int
) -> None:
    builds = Builds(GAPPY)
    server.otherwise = Reply(b"", 404)
    server.routes = {V3_PATH: builds.v3} if version == 3 else {V2_PATH: builds.v2}
    first = last - 50
    expected = [n for n in reversed(GAPPY) if first <= n <= last]
    assert numbers(travis.select(REPO, Numbers(first, last))) == expected
    assert len(server.asked) <= 15


def test_a_dense_history_needs_one_jump(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds(list(range(1, 20_001))).v3
    assert numbers(travis.select(REPO, Numbers(301, 310))) == list(range(310, 300, -1))
    assert len(server.asked) <= 3


def test_a_build_is_found_by_number_where_version_2_is_not_served(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds(GAPPY).v3
    server.routes["/build/1012"] = Reply(v3_build(id=1012))
    ref = BuildRef("travis", "", REPO, number="12")
    assert travis.fetch(ref).id == "1012"
    assert travis.fetch(ref).id == "1012"
    assert server.paths().count(V2_PATH) == 1, "that it is not served is remembered"
    with pytest.raises(PermanentError, match="has no build 14"):
        travis.fetch(BuildRef("travis", "", REPO, number="14"))


def test_after_a_build_only_older_pages_are_asked_for(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds(list(range(1, 2001))).v3
    last = BuildRef("travis", server.url, REPO, id="1100", number="100")
    found = numbers(travis.select_after(REPO, Latest(500, running=True), last))
    assert found == list(range(99, 0, -1))
    assert len(server.asked) <= 6
    first = BuildRef("travis", server.url, REPO, id="1001", number="1")
    assert list(travis.select_after(REPO, Latest(500), first)) == []


def test_what_still_runs_is_listed_where_it_is_asked_for(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds([7, 8, 9]).v3
    assert numbers(travis.select(REPO, Latest(2))) == [8, 7]
    assert numbers(travis.select(REPO, Latest(2, running=True))) == [9, 8]


def test_a_repo_without_builds(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds([]).v3
    assert list(travis.select(REPO, EVERYTHING)) == []
    assert list(travis.select(REPO, Numbers(1, 5))) == []


@pytest.mark.parametrize("entries", [[5, 5, 5], [3, 100_000], [100_000, 99_000, 1]])
def test_a_strange_listing_ends(server: Server, travis: Travis, entries: list[int]) -> None:
    server.routes[V3_PATH] = Builds(entries * 60).v3
    for number in (1, 4, 99_500, 100_000, 100_001):
        server.asked.clear()
        found = numbers(travis.select(REPO, Numbers(number, number)))
        assert set(found) == {number} & set(entries)
        assert len(server.asked) <= 25


def circle(*pages: list[int]) -> Any:
    """Pages that follow each other for ever, whatever is asked for."""

    def answer(asked: Asked) -> Reply:
        here = int(asked.query["offset"]) // 100 % len(pages)
        following = (here + 1) % len(pages) * 100
        return Reply(
            {"builds": [entry(n) for n in pages[here]], "@pagination": {"next": {"offset": following}}}
        )

    return answer


def never_ending(asked: Asked) -> Reply:
    """Ever older builds that still run; each page leads to the next."""
    offset = int(asked.query["offset"])
    page = [{"id": 10**12 - n, "number": 10**12 - n, "state": "started"} for n in range(offset, offset + 100)]
    return Reply({"builds": page, "@pagination": {"next": {"offset": offset + 100}}})


@pytest.mark.parametrize(
    "route",
    [circle([30, 20], [10, 5]), circle([30], [20], [10]), circle([30, 20]), circle([]), circle([], [5])],
    ids=range(5),
)
def test_pages_that_lead_in_a_circle_are_left(server: Server, travis: Travis, route: Any) -> None:
    server.routes[V3_PATH] = route
    list(travis.select(REPO, EVERYTHING))
    with pytest.raises(TemporaryError, match="circle"):
        list(travis.select(REPO, Numbers(1, 40)))
    assert len(server.asked) < 20


def test_pages_that_always_lead_on_have_an_end(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = never_ending
    assert list(travis.select(REPO, EVERYTHING)) == []
    assert len(server.asked) <= 100
    server.asked.clear()
    with pytest.raises(TemporaryError, match="does not end"):
        list(travis.select(REPO, Numbers(1, 40)))
    assert len(server.asked) <= 100


def test_pages_of_version_2_that_always_lead_on_have_an_end(server: Server, travis: Travis) -> None:
    def older(asked: Asked) -> Reply:
        after = int(asked.query.get("after_number", 10**12))
        return Reply({"builds": [{"id": after - 1, "number": str(after - 1), "state": "started"}]})

    server.otherwise = Reply(b"", 404)
    server.routes[V2_PATH] = older
    assert list(travis.select(REPO, EVERYTHING)) == []
    assert len(server.asked) <= 110


def test_a_range_of_numbers_is_a_request_for_each_hundred(server: Server, travis: Travis) -> None:
    server.routes[V3_PATH] = Builds([n for n in range(1, 2001) if n % 5]).v3
    assert len(list(travis.select(REPO, Numbers(501, 1000)))) == 400
    assert len(server.asked) <= 7
