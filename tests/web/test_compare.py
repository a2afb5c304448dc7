from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from buildtimetrend.charts.comparison import Contribution, StepPart
from buildtimetrend.model import Result
from buildtimetrend.text import MINUS, together
from buildtimetrend.web.analysis.comparisons import CompareParameters, lenient_comparison
from buildtimetrend.web.pages.compare import HALF, bars
from tests.web.conftest import NOW, Service, a_build, running_service
from tests.web.test_pages import HOSTILE, assert_harmless

PAGE = "/compare/owner/name"
API = "/api/v1/projects/owner/name/compare"


@pytest.fixture(scope="module")
def compared() -> Iterator[Service]:
    """Six builds of master, five slower ones of develop with another step, one of last week."""
    with running_service() as service:
        for number in range(1, 7):
            service.tasks.land(a_build(number, seconds=100.0 + number, ago=timedelta(hours=20 - number)))
        for number in range(11, 16):
            ago, seconds = timedelta(hours=24 - number), 119.5 + number
            service.tasks.land(a_build(number, branch="develop", step="compile", seconds=seconds, ago=ago))
        service.tasks.land(a_build(21, branch="old", ago=timedelta(days=9), seconds=50.0))
        yield service


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><bdi>(.*?)</bdi>', page)


def test_the_busiest_branch_is_compared_with_the_next(compared: Service) -> None:
    page = compared.get(PAGE).text
    found = compared.get(API).json()
    assert (found["by"], found["a"]["name"], found["b"]["name"]) == ("branch", "master", "develop")
    assert found["difference"] == pytest.approx(132.5 - 103.5)
    said = "develop is 29 s (28 %) slower per job than master; 29 s of it is outside of steps."
    assert found["summary"] == said
    plain = page.replace("\u2068", "").replace("\u2069", "")
    assert f'<p class="headline">{together(found["summary"])}</p>' in plain
    assert names(page)[:4] == ["outside of steps", "run compile", "run install", "run script"]
    assert together('<span class="delta slower">▲ +10 s</span>') in page
    assert together(f'<span class="delta faster">▼ {MINUS}10 s</span>') in page


def test_sides_that_are_given_are_taken_and_swapped(compared: Service) -> None:
    there = compared.get(f"{API}?a=develop&b=old&timeframe=month").json()
    back = compared.get(f"{API}?a=old&b=develop&timeframe=month").json()
    assert there["difference"] == pytest.approx(-back["difference"])
    page = compared.get(f"{PAGE}?a=develop&b=old&timeframe=month").text
    assert f'href="{PAGE}?timeframe=month&amp;by=branch&amp;a=old&amp;b=develop"' in page


def test_one_side_that_is_given_is_compared_with_the_busiest_other(compared: Service) -> None:
    assert compared.get(f"{API}?b=master").json()["a"]["name"] == "develop"
    assert compared.get(f"{API}?a=develop").json()["b"]["name"] == "master"


def test_a_period_is_compared_with_the_one_before(compared: Service) -> None:
    found = compared.get(f"{API}?by=period").json()
    assert (found["a"]["jobs"], found["b"]["jobs"]) == (2, 22)
    assert found["a"]["until"] == found["b"]["since"]
    page = compared.get(f"{PAGE}?by=period").text
    assert "Period B is " in page
    assert "Only 2 jobs of period A count" in page


def test_the_swap_of_periods_names_their_ends(compared: Service) -> None:
    page = compared.get(f"{PAGE}?by=period").text
    (link,) = re.findall(r'href="([^"]+)">⇄', page)
    found = compared.get(link.replace("&amp;", "&").replace(PAGE, API)).json()
    assert (found["a"]["jobs"], found["b"]["jobs"]) == (22, 2)


def test_a_build_is_compared_with_the_one_before_on_its_branch(compared: Service) -> None:
    found = compared.get(f"{API}?by=build&b=3").json()
    assert (found["a"]["name"], found["b"]["name"]) == ("2", "3")
    assert found["difference"] == pytest.approx(1.0)
    assert found["a"]["since"] is None
    page = compared.get(f"{PAGE}?by=build&b=3").text
    assert 'name="a" value="2"' in page
    assert "Only 2 jobs of build" in page


def test_the_last_build_is_compared_unless_another_is_given(compared: Service) -> None:
    last = compared.get(f"{API}?by=build").json()
    assert last["b"]["name"] in {"6", "15"}
    assert last["a"]["name"] in {"5", "14"}


def test_builds_are_found_at_any_time_and_by_attempt(compared: Service) -> None:
    found = compared.get(f"{API}?by=build&a=21.1&b=1&timeframe=day").json()
    assert found["difference"] == pytest.approx(51.0)
    missing = compared.get(f"{API}?by=build&a=21.2&b=1").json()
    assert missing["difference"] is None
    assert missing["warnings"] == [
        "There are no finished jobs of build 21 (attempt 2) that pass the filters."
    ]


def test_the_wall_time_of_builds_is_compared_as_well(compared: Service) -> None:
    found = compared.get(f"{API}?by=branch").json()
    wall = found["wall"]
    assert (wall["a_builds"], wall["b_builds"], wall["verdict"]) == (6, 5, "too few")
    assert wall["difference"] == pytest.approx(wall["b_mean"] - wall["a_mean"])
    said = found["builds_summary"]
    assert said.startswith("Builds of develop take 29 s longer than those of master: ")
    assert said.endswith("; too few builds to tell.")
    two = compared.get(f"{API}?by=build&a=1&b=6").json()
    assert two["builds_summary"].startswith("Build 6 took 5.0 s longer than build 1: 1 m 4")
    assert "too few" not in two["builds_summary"]


def test_a_step_is_what_a_job_took_of_it(compared: Service) -> None:
    steps = {step["name"]: step for step in compared.get(API).json()["steps"]}
    assert steps["run compile"]["contribution"] == pytest.approx(10)
    assert steps["run install"]["contribution"] == pytest.approx(-10)
    assert steps["run install"]["a"] == {"mean": 10.0, "runs": 12, "per_run": 10.0}
    assert steps["run install"]["b"] == {"mean": 0.0, "runs": 0, "per_run": None}
    assert steps["run compile"]["phase"] == "compile"
    outside = steps["outside of steps"]
    assert (outside["kind"], outside["phase"]) == ("outside", None)


def test_csv_has_the_steps_of_the_json(compared: Service) -> None:
    answer = compared.get(f"{API}?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    steps = compared.get(API).json()["steps"]
    assert [row["step"] for row in rows] == [step["name"] for step in steps]
    assert [float(row["contribution (s)"]) for row in rows] == [step["contribution"] for step in steps]
    assert compared.get(API, headers={"Accept": "text/csv"}).text == answer.text


@pytest.mark.parametrize(
    "query", ["by=build", "by=period", "by=branch", "by=period&timeframe=month", "by=build&a=1&b=2", ""]
)
def test_the_page_shows_what_the_api_says(compared: Service, query: str) -> None:
    found = compared.get(f"{API}?{query}").json()
    page = compared.get(f"{PAGE}?{query}").text
    plain = page.replace("\u2068", "").replace("\u2069", "")
    sides = [found["wall"][f"{side}_builds"] for side in "ab"]
    assert bool(found["builds_summary"]) is all(sides)
    assert (
        not found["builds_summary"] or f'<p class="headline">{together(found["builds_summary"])}</p>' in plain
    )
    shown = page.replace("<wbr>", "")
    for step in found["steps"]:
        assert f"<bdi>{step['name']}</bdi>" in shown
    for entry in found["matrix"]:
        assert f"<bdi>{entry['matrix']}</bdi>" in shown
    assert 'style="' not in page


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=nothing", "by"),
        ("a_since=never", "a_since"),
        ("by=period&b_since=2026-02-01&b_until=2026-01-01", "b_since"),
        ("timeframe=decade", "timeframe"),
    ],
)
def test_what_is_not_allowed_gives_way_to_the_default_with_a_note(
    compared: Service, query: str, field: str
) -> None:
    page = compared.get(f"{PAGE}?{query}")
    assert page.status_code == 200
    assert re.search(
        rf'<p class="note" role="status">[^<]*{field}[^<]*The default is used instead', page.text
    )
    refused = compared.get(f"{API}?{query}")
    assert refused.status_code == 422
    assert field in refused.text


def test_a_filter_without_effect_is_said_to_have_none(compared: Service) -> None:
    assert "filter_branch: has no effect here." in compared.get(f"{PAGE}?filter_branch=master").text
    assert compared.get(f"{API}?filter_branch=master").json()["steps"] == compared.get(API).json()["steps"]
    assert "has no effect" not in compared.get(f"{PAGE}?by=period&filter_branch=master").text


def test_sides_without_jobs_are_explained(compared: Service) -> None:
    page = compared.get(f"{PAGE}?a=master&b=gone").text
    assert "There is nothing to compare." in page
    assert "There are no finished jobs of \u2068gone\u2069 in this range that pass the filters." in page
    assert '<option value="gone" selected>' in page


def test_jobs_that_do_not_count_are_explained(service: Service) -> None:
    service.tasks.land(a_build(1))
    service.tasks.land(a_build(2, branch="topic", result=Result.CANCELED))
    warnings = service.get(API).json()["warnings"]
    assert warnings == [
        "None of the 2 jobs of topic counts: durations are those of jobs that passed, failed or errored."
    ]


def test_with_one_branch_periods_are_compared(service: Service) -> None:
    service.tasks.land(a_build(1))
    assert service.get(API).json()["by"] == "period"
    found = service.get(f"{API}?by=branch").json()
    assert (found["a"]["name"], found["b"]["name"]) == ("master", None)
    assert found["warnings"] == ["There is no branch to compare with."]
    assert service.get(f"{PAGE}?by=branch").status_code == 200


def test_one_build_has_none_before_it(service: Service) -> None:
    service.tasks.land(a_build(1))
    assert service.get(f"{API}?by=build").json()["warnings"] == ["There is no build to compare with."]
    assert service.get(f"{PAGE}?by=build").status_code == 200


def test_different_mixes_of_the_matrix_are_told(service: Service) -> None:
    for number in range(1, 7):
        many, few = (("fast", 100.0), ("slow", 300.0)) if number % 3 else (("slow", 300.0), ("fast", 100.0))
        service.tasks.land(a_build(number, matrix=many[0], seconds=many[1]))
        service.tasks.land(a_build(number + 10, branch="topic", matrix=few[0], seconds=few[1]))
    found = service.get(f"{API}?a=master&b=topic").json()
    assert found["same_mix"] == pytest.approx(0)
    assert found["difference"] == pytest.approx(200 / 3)
    assert any("different mixes" in warning for warning in found["warnings"])


def test_a_new_build_is_in_the_next_answer(service: Service) -> None:
    service.tasks.land(a_build(1))
    service.tasks.land(a_build(2, branch="topic"))
    assert service.get(API).json()["b"]["jobs"] == 2
    service.tasks.land(a_build(3, branch="topic"))
    assert service.get(API).json()["a"]["name"] == "topic"


def test_an_unknown_repo_is_not_found(compared: Service) -> None:
    assert compared.get("/compare/owner/none").status_code == 404
    assert compared.get("/compare/owner").status_code == 404
    assert compared.get("/api/v1/projects/owner/none/compare").status_code == 404


@pytest.mark.parametrize("value", HOSTILE)
def test_names_from_strangers_are_text(service: Service, value: str) -> None:
    service.tasks.land(a_build(1, branch=value, matrix=value, step=value))
    service.tasks.land(a_build(2))
    given = quote(value)
    for query in (
        f"a={given}&b=master",
        f"by=build&a={given}&b=2",
        f"by={given}&filter_build_matrix={given}",
    ):
        page = service.get(f"{PAGE}?{query}")
        assert page.status_code == 200
        assert_harmless(page.text)


def test_periods_follow_from_one_another() -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    day = timedelta(days=1)

    def periods(**given: object) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
        return CompareParameters.model_validate(given).periods(now)

    assert periods() == ((now - 14 * day, now - 7 * day), (now - 7 * day, now))
    midnight = now.replace(hour=0)
    assert periods(timeframe="day") == ((midnight - day, midnight), (midnight, now))
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert periods(since=march, until=march + 2 * day) == ((march - 2 * day, march), (march, march + 2 * day))
    assert periods(b_since=march)[1] == (march, march + 7 * day)
    assert periods(b_until=march) == ((march - 14 * day, march - 7 * day), (march - 7 * day, march))
    assert periods(a_until=march)[0] == (march - 7 * day, march)
    assert periods(b_since=march, b_until=march + day)[0] == (march - day, march)


def test_leniency_ends_whatever_is_given() -> None:
    given = {"a_since": "2026-02-01", "a_until": "2026-01-01", "since": "2026-05-01", "until": "2026-04-01"}
    parameters, notes = lenient_comparison(given)
    assert parameters == CompareParameters()
    assert len(notes) == 2


def test_bars_are_to_one_scale_and_stay_in_their_place() -> None:
    part = StepPart(1.0, 1, 1.0)
    steps = [
        Contribution("step", "x", "script", seconds, 50.0, None, part, part) for seconds in (40.0, -20.0, 0.0)
    ]
    drawn = bars(steps)
    assert [(bar.x, bar.width) for bar in drawn] == [(0, HALF), (-HALF / 2, HALF / 2), (0, 0)]
    assert all(-HALF <= bar.low <= bar.high <= HALF for bar in drawn)
    assert bars([]) == []


def test_now_is_not_part_of_what_is_remembered() -> None:
    assert CompareParameters(by="period").key == CompareParameters(by="period").key
    assert CompareParameters(a="x").key != CompareParameters(b="x").key
    assert CompareParameters(a_since=NOW).key != CompareParameters().key


@pytest.fixture(scope="module")
def dotted() -> Iterator[Service]:
    """Builds called 2024.9, 2024.10 and 1.0.3, and one called 2024 with its second attempt."""
    numbers = ["2024.9", "2024.10", "1.0.3", "2024", "#7"]
    with running_service() as service:
        for place, number in enumerate(numbers):
            build = a_build(place + 1, seconds=100.0 + 10 * place, ago=timedelta(hours=20 - 2 * place))
            service.tasks.land(replace(build, number=number))
        again = a_build(14, seconds=300.0, ago=timedelta(hours=5))
        service.tasks.land(replace(again, id="4", number="2024", attempt=2))
        yield service


def test_a_number_with_a_dot_is_that_build_before_it_is_an_attempt(dotted: Service) -> None:
    found = dotted.get(f"{API}?by=build&a=2024.9&b=2024.10").json()
    assert found["difference"] == pytest.approx(10)
    assert found["summary"].startswith("Build 2024.10 is 10 s (10 %) slower per job than build 2024.9")
    page = dotted.get(f"{PAGE}?by=build&a=2024.9&b=2024.10").text
    assert "build \u20682024.9\u2069" in page
    assert "attempt" not in "".join(re.findall(r'<p class="headline">.*?</p>', page))


def test_the_build_before_one_with_a_dot_is_that_before_it(dotted: Service) -> None:
    for number, before in (("2024.10", "2024.9"), ("1.0.3", "2024.10")):
        found = dotted.get(f"{API}?by=build&b={number}").json()
        assert (found["a"]["name"], found["b"]["name"]) == (before, number)
        assert found["difference"] == pytest.approx(10)
        page = dotted.get(f"/build/travis/owner/name/{number}").text
        assert f'href="/compare/owner/name?by=build&amp;b={number}"' in page


def test_where_no_build_has_the_number_the_last_part_is_an_attempt(dotted: Service) -> None:
    found = dotted.get(f"{API}?by=build&a=2024.1&b=2024.2").json()
    assert "build 2024 (attempt 1)" in found["summary"]
    assert found["difference"] == pytest.approx(300 - 130)
    absent = dotted.get(f"{API}?by=build&a=2024.3&b=1.0.4").json()
    assert [side["jobs"] for side in (absent["a"], absent["b"])] == [0, 0]
    assert "build 2024 (attempt 3)" in absent["warnings"][0]
    assert "build 1.0.4 " in absent["warnings"][1]


def test_a_number_that_is_also_another_builds_attempt_is_said(dotted: Service) -> None:
    twice = a_build(21, seconds=500.0, ago=timedelta(hours=1))
    dotted.tasks.land(replace(twice, id="4", number="2024", attempt=10))
    said = "This is build 2024.10; there is build 2024 (attempt 10), too: write 2024.010 for that."
    found = dotted.get(f"{API}?by=build&a=2024.9&b=2024.10").json()
    assert found["difference"] == pytest.approx(10)
    assert said in found["warnings"]
    page = dotted.get(f"{PAGE}?by=build&a=2024.9&b=2024.10").text
    assert said in page.replace("\u2068", "").replace("\u2069", "")
    other = dotted.get(f"{API}?by=build&a=2024.9&b=2024.010").json()
    assert other["difference"] == pytest.approx(400)
    assert not any("there is" in warning for warning in other["warnings"])


def test_a_hash_before_a_number_may_be_part_of_it(dotted: Service) -> None:
    assert dotted.get(f"{API}?by=build&a=%232024.9&b=%237").json()["difference"] == pytest.approx(40)
