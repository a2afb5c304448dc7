"""Charts as pictures by the server: what a page shows in their place without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Column, Series, Value
from buildtimetrend.web.analysis import usage
from buildtimetrend.web.analysis.sketch import FLOOR, LEFT, TOP, WIDTH, sketch
from tests.web.conftest import Service, a_build, running_service
from tests.web.contrast import contrast
from tests.web.test_pages import HOSTILE

NS = "{http://www.w3.org/2000/svg}"
SINCE = datetime(2026, 3, 2, tzinfo=UTC)


def series(*columns: Column) -> Series:
    return Series("chart", "Job duration", SINCE, SINCE + timedelta(days=4), "day", columns)


def days(*values: Value) -> Series:
    starts = tuple(SINCE + timedelta(days=day) for day in range(len(values)))
    return series(
        Column("time", "", starts), Column("average", "s", (1.0,) * len(values)), Column("p50", "s", values)
    )


def test_buckets_stand_side_by_side_in_proportion_and_empty_ones_leave_a_gap() -> None:
    found = sketch(days(60.0, None, 120.0, 30.0))
    assert not found.lying
    assert [bar.height for bar in found.bars] == [(FLOOR - TOP) * share for share in (0.5, 1, 0.25)]
    assert [bar.said for bar in found.bars] == ["1 m", "2 m", "30 s"]
    quarter = (WIDTH - LEFT) / 4
    assert [bar.x for bar in found.bars] == [LEFT, LEFT + 2 * quarter, LEFT + 3 * quarter]
    assert (found.highest, found.first, found.last) == ("2 m", "Mon 2 Mar", "Thu 5 Mar")
    assert found.name == "Job duration: 3 values, the last 30 s (Thu 5 Mar), the highest 2 m (Wed 4 Mar)."


def test_a_few_names_have_lying_bars_with_their_values() -> None:
    found = sketch(
        series(
            Column("branch", "", ("main", "x" * 40)),
            Column("builds", "builds", (3, 1)),
            Column("share", "%", (75.0, 25.0)),
        )
    )
    assert found.lying
    assert [(bar.label, bar.said) for bar in found.bars] == [("main", "75.0 %"), ("x" * 25 + "…", "25.0 %")]
    assert found.bars[0].width == pytest.approx(3 * found.bars[1].width, abs=0.2)


def test_all_jobs_of_a_build_that_hung_stretch_the_axis_as_little_as_one() -> None:
    builds = [str(number) for number in range(1, 11) for _ in range(4)]
    took = [6000.0 if build == "7" else 60.0 for build in builds]
    found = sketch(
        series(
            Column("job", "", tuple(f"{build}.{place % 4 + 1}" for place, build in enumerate(builds))),
            Column("duration", "s", tuple(took)),
            Column("provider", "", ("travis",) * 40),
            Column("build", "", tuple(builds)),
        )
    )
    assert found.highest == "1 m"
    assert [bar.beyond for bar in found.bars] == [build == "7" for build in builds]


def test_results_are_added_up() -> None:
    starts = tuple(SINCE + timedelta(days=day) for day in range(2))
    found = sketch(
        series(Column("time", "", starts), Column("passed", "jobs", (2, 5)), Column("failed", "jobs", (1, 0)))
    )
    assert [bar.said for bar in found.bars] == ["3", "5"]


@pytest.mark.parametrize("values", [(), (None, None)])
def test_without_values_it_says_so(values: tuple[Value, ...]) -> None:
    found = sketch(days(*values))
    assert (found.bars, found.name) == ([], "Job duration: no data in this range.")


@pytest.fixture(scope="module")
def strangers() -> Iterator[Service]:
    with running_service() as service:
        for number, value in enumerate(HOSTILE, 1):
            service.tasks.land(a_build(number, branch=value, matrix=value, step=value, trigger=value))
        yield service


@pytest.mark.parametrize("chart", charts.CHARTS)
def test_every_chart_has_a_picture_whatever_strangers_call_things(strangers: Service, chart: str) -> None:
    answer = strangers.get(f"/dashboard/owner/name/charts/{chart}.svg?timeframe=month")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    root = ET.fromstring(answer.content)
    assert root.findall(f".//{NS}rect")
    assert {element.tag.removeprefix(NS) for element in root.iter()} <= {
        "svg",
        "title",
        "text",
        "rect",
        "path",
        "g",
    }


@pytest.mark.parametrize("chart", [*usage.OVER_TIME, usage.PROJECTS])
def test_so_have_those_of_the_statistics(strangers: Service, chart: str) -> None:
    answer = strangers.get(f"/dashboard/stats/charts/{chart}.svg?timeframe=month")
    assert ET.fromstring(answer.content).findall(f".//{NS}rect")


def test_a_picture_of_nothing_that_there_is_is_not_found(strangers: Service) -> None:
    assert strangers.get("/dashboard/owner/name/charts/x.svg").status_code == 404
    assert strangers.get("/dashboard/owner/nobody/charts/duration.svg").status_code == 404
    assert strangers.get("/dashboard/stats/charts/x.svg").status_code == 404


@pytest.mark.parametrize(
    "path", ["/dashboard/owner/name", "/jobs/owner/name", "/when/owner/name", "/steps/owner/name", "/stats"]
)
def test_each_place_of_a_chart_has_a_picture_and_a_table_without_scripts(
    strangers: Service, path: str
) -> None:
    page = strangers.get(f"{path}?timeframe=month").text
    places = re.findall(r"<(?:div|section)[^>]* data-chart=.*?</section>", page, re.DOTALL)
    assert places
    for place in places:
        (picture,) = re.findall(r'<noscript>.*<img class="sketch" src="([^"]+)"', place)
        assert (
            strangers.get(picture.replace("&amp;", "&")).headers["content-type"].startswith("image/svg+xml")
        )
        assert "as a table</a></noscript>" in place


@pytest.mark.parametrize(("scheme", "surface"), [("light", "#ffffff"), ("dark", "#15191f")])
def test_text_and_bars_can_be_told_from_the_page_in_both_schemes(
    strangers: Service, scheme: str, surface: str
) -> None:
    picture = strangers.get(f"/dashboard/owner/name/charts/branches.svg?scheme={scheme}").text
    ink, fill = re.findall(r'fill="(#\w{6})"', picture)[:2]
    assert contrast(ink, surface) >= 4.5
    assert contrast(fill, surface) >= 3
