from __future__ import annotations

import asyncio
import gc
import re
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from starlette.types import Message

from buildtimetrend.errors import StoreUnavailable
from buildtimetrend.model import Result
from buildtimetrend.store.base import Store
from buildtimetrend.web.badge_route import BadgeRoute
from buildtimetrend.web.badges import BADGES, INTERVALS, Wanted, wanted
from buildtimetrend.web.context import Context
from buildtimetrend.web.repos import KnownRepos
from tests.web.conftest import Service, a_build, running_service


@pytest.fixture(scope="module")
def with_build() -> Iterator[Service]:
    """For tests that change nothing."""
    with running_service() as service:
        service.tasks.land(a_build(1, seconds=133))
        yield service


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("o/r", Wanted("o/r")),
        ("o/r.json", Wanted("o/r", json=True)),
        ("o/r/", Wanted("o/r")),
        ("o/r/jobs", Wanted("o/r", "jobs")),
        ("o/r/jobs/year.json", Wanted("o/r", "jobs", "year", json=True)),
        ("group/sub/r/jobs", Wanted("group/sub/r", "jobs")),
        ("group/sub/r/jobs/month", Wanted("group/sub/r", "jobs", "month")),
        ("group/avg/avg/week", Wanted("group/avg", "avg", "week")),
        ("o/jobs", Wanted("o/jobs")),
        ("o/r/nonsense", Wanted("o/r/nonsense")),
        ("o/r/jobs/decade", Wanted("o/r/jobs/decade")),
        ("o/r/LATEST", Wanted("o/r", "latest")),
        ("o/r/Jobs/MONTH", Wanted("o/r", "jobs", "month")),
        ("O/R/LAST_FAIL/Year.json", Wanted("O/R", "last_fail", "year", json=True)),
        ("o/r/avg.JSON", Wanted("o/r", json=True)),
        ("o", Wanted("o")),
        ("", Wanted("")),
    ],
)
def test_type_and_interval_are_taken_from_the_right(path: str, expected: Wanted) -> None:
    assert wanted(path) == expected


@pytest.mark.parametrize("type_", BADGES)
@pytest.mark.parametrize("interval", INTERVALS)
def test_a_badge_is_one_svg_that_asks_nobody_for_anything(
    with_build: Service, type_: str, interval: str
) -> None:
    svg = with_build.get(f"/badge/owner/name/{type_}/{interval}").text
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert set(re.findall(r"https?://[^\"]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"<(script|image|foreignObject|style|a)\b", svg)


def test_a_badge_is_as_wide_as_its_text(with_build: Service) -> None:
    root = ElementTree.fromstring(with_build.get("/badge/owner/name/latest").text)
    drawn = [float(t.attrib["textLength"]) / 10 for t in root.iter("{http://www.w3.org/2000/svg}text")]
    # DejaVu Sans at 11 px: "buildtime" and "2 m 13 s", each with its shadow, and 10 px around each.
    assert drawn == pytest.approx([52.1, 52.1, 47.9, 47.9], abs=0.5)
    assert float(root.attrib["width"]) == pytest.approx(sum(drawn) / 2 + 20, abs=1)


@pytest.mark.parametrize("type_", BADGES)
def test_shields_json_has_the_keys_that_shields_accepts(with_build: Service, type_: str) -> None:
    answer = with_build.get(f"/badge/owner/name/{type_}/week.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert list(document) == ["schemaVersion", "label", "message", "color"]
    assert document["schemaVersion"] == 1
    assert document["message"]


@pytest.mark.parametrize(
    ("passed", "failed", "said", "colour"),
    [
        (4, 0, "100%", "brightgreen"),
        (3, 1, "75%", "orange"),
        (199, 1, "99%", "orange"),
        (2, 1, "66%", "red"),
        (0, 1, "0%", "red"),
    ],
)
def test_the_passed_badge_has_the_old_colours(
    service: Service, passed: int, failed: int, said: str, colour: str
) -> None:
    for number in range(passed + failed):
        result = Result.PASSED if number < passed else Result.FAILED
        service.store.save(a_build(number + 1, result=result, ago=timedelta(hours=2)))
    service.tasks.land(a_build(999, result=Result.CANCELED))
    document = service.get("/badge/owner/name/passed.json").json()
    assert (document["message"], document["color"]) == (said, colour)


@pytest.mark.parametrize(
    ("days", "said", "colour"),
    [
        (0, "today", "red"),
        (1, "1 day ago", "orange"),
        (2, "2 days ago", "orange"),
        (3, "3 days ago", "brightgreen"),
    ],
)
def test_the_last_fail_badge_has_the_old_colours(service: Service, days: int, said: str, colour: str) -> None:
    service.tasks.land(a_build(1, result=Result.ERRORED, ago=timedelta(days=days, hours=1)))
    document = service.get("/badge/owner/name/last_fail.json").json()
    assert (document["message"], document["color"]) == (said, colour)


@pytest.mark.parametrize(
    "path",
    [
        "/badge",
        "/badge/",
        "/badge/x",
        "/badge/nobody/nothing",
        "/badge/owner/name/nonsense",
        "/badge/owner/name/avg/decade",
        "/badge/owner/name?badge_type=nonsense",
        "/badge/owner/name?interval=decade",
        "/badge/owner/name/avg/week/more",
        "/badge/%3Cscript%3Ealert(1)%3C/script%3E/x",
        "/badge/owner/" + "x" * 5000,
        "/badge/owner/%00",
        "/badge/owner/%ff%fe",
        "/badge/owner/name%0aname",
        "/badge/../../etc/passwd",
        "/badge/owner/'; DROP TABLE job; --",
    ],
)
def test_whatever_is_not_known_gets_the_grey_unknown_badge(with_build: Service, path: str) -> None:
    answer = with_build.get(path)
    if path.startswith("/badge/.."):
        assert answer.status_code == 404
        return
    assert answer.status_code == 200
    assert ">unknown<" in answer.text
    assert "script" not in answer.text
    assert "#9f9f9f" in answer.text


def test_a_repo_without_data_in_the_interval_gets_the_grey_badge(service: Service) -> None:
    service.tasks.land(a_build(1, ago=timedelta(days=20)))
    assert service.get("/badge/owner/name/avg/week.json").json()["color"] == "lightgrey"
    assert service.get("/badge/owner/name/avg/month.json").json()["color"] == "blue"


def test_names_compare_without_case(with_build: Service) -> None:
    assert ">2 m 13 s<" in with_build.get("/badge/Owner/NAME").text


def test_an_unchanged_badge_is_not_sent_again(with_build: Service) -> None:
    first = with_build.get("/badge/owner/name")
    assert first.headers["cache-control"] == "public, max-age=30"
    for tag in (first.headers["etag"], f"W/{first.headers['etag']}", f'"x", {first.headers["etag"]}', "*"):
        again = with_build.get("/badge/owner/name", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    other = with_build.get("/badge/owner/name", headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_head_answers_like_get_without_the_body(with_build: Service) -> None:
    head, get = with_build.client.head("/badge/owner/name"), with_build.get("/badge/owner/name")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_badges_answer_to_get_alone(with_build: Service, method: str) -> None:
    answer = with_build.client.request(method, "/badge/owner/name")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_a_build_that_lands_is_on_the_badge_at_once(service: Service) -> None:
    service.tasks.land(a_build(1, seconds=133))
    old = service.get("/badge/owner/name/builds")
    service.tasks.land(a_build(2))
    new = service.get("/badge/owner/name/builds", headers={"If-None-Match": old.headers["etag"]})
    assert new.status_code == 200
    assert ">2<" in new.text


def test_the_first_build_of_a_repo_is_on_its_badge_at_once(service: Service) -> None:
    assert ">unknown<" in service.get("/badge/owner/name").text
    service.tasks.land(a_build(1, seconds=133))
    assert ">2 m 13 s<" in service.get("/badge/owner/name").text


def test_unknown_repos_cost_no_query_however_many_they_are(service: Service) -> None:
    service.tasks.land(a_build(1, seconds=133))
    service.get("/badge/owner/name")
    counting = Counting(service.store)
    service.store.select = counting.select  # type: ignore[method-assign, assignment]
    for number in range(50):
        assert service.get(f"/badge/nobody/nothing{number}").status_code == 200
        assert service.get("/badge/owner/name").status_code == 200
    assert counting.asked == 0


def test_a_store_that_does_not_answer_makes_badges_unknown(service: Service) -> None:
    service.tasks.land(a_build(1, seconds=133))

    def broken(*_: object) -> None:
        raise StoreUnavailable("gone")

    service.store.select = broken  # type: ignore[method-assign, assignment]
    answer = service.get("/badge/owner/name/jobs")
    assert (answer.status_code, ">unknown<" in answer.text) == (200, True)


def test_a_denied_repo_gets_the_grey_badge(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("secret",))
    service.tasks.land(a_build(1, repo="owner/secret-name"))
    assert ">unknown<" in service.get("/badge/owner/secret-name").text


class Counting:
    def __init__(self, store: Store) -> None:
        self._select = store.select
        self.asked = 0

    def select(self, *args: object) -> object:
        self.asked += 1
        return self._select(*args)  # type: ignore[arg-type]


def test_long_addresses_of_strangers_are_not_kept(service: Service) -> None:
    context = Context(service.settings, service.store, service.providers, service.tasks)
    route = BadgeRoute(context, KnownRepos(context))
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def ask() -> int:
        scope: dict[str, object] = {"method": "GET", "query_string": b"", "headers": []}
        tracemalloc.start()
        try:
            for number in range(300):
                await route(scope | {"path": f"/badge/nobody/{number}-{'x' * 20_000}"}, receive, send)
            gc.collect()
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    assert asyncio.run(ask()) < 2_000_000
    assert statuses == [200] * 300
