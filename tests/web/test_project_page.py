from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest

from buildtimetrend import charts, text
from buildtimetrend.model import Result
from buildtimetrend.providers.code_host import repository
from buildtimetrend.text import together
from buildtimetrend.web.pages.frame import ci_page
from buildtimetrend.web.pages.panels import VIEWS
from tests.web.conftest import Service, a_build
from tests.web.test_pages import HOSTILE

PAGE = "/dashboard/owner/name"
ADDRESSES = {"overview": PAGE} | {view: f"/{view}/owner/name" for view in ("steps", "jobs", "when")}
PANELS = [(view, panel) for view, found in VIEWS.items() for each in found.values() for panel in each]


def test_every_chart_has_a_panel() -> None:
    drawn = {name for _, panel in PANELS for name in (panel.chart, *panel.more)}
    assert set(charts.CHARTS) == drawn


@pytest.mark.parametrize("view", VIEWS)
def test_every_panel_leads_to_its_table(shared: Service, view: str) -> None:
    page = shared.get(f"{ADDRESSES[view]}?timeframe=year").text
    found = re.findall(r'data-chart="(\w+)"', page)
    assert found == [panel.chart for each, panel in PANELS if each == view]
    for name in found:
        table = f"{PAGE}/charts/{name}?timeframe=year"
        assert f'href="{table}"' in page
        assert shared.get(table).status_code == 200


@pytest.mark.parametrize("view", VIEWS)
def test_views_lead_to_each_other_with_range_and_filters(shared: Service, view: str) -> None:
    query = "timeframe=month&filter_branch=master"
    page = shared.get(f"{ADDRESSES[view]}?{query}").text
    tabs = page[page.index('aria-label="Views"') :].partition("</nav>")[0]
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', tabs)]
    assert links == [f"{address}?{query}" for address in (*ADDRESSES.values(), "/builds/owner/name")]
    [current] = re.findall(r'aria-current="page">(\w+)<', tabs)
    assert current.lower() == view
    assert 'name="filter_branch"' in page


def test_a_view_with_a_timeframe_of_its_own_says_which(shared: Service) -> None:
    """The address of the steps is older than the views: a month, where all others show a week."""
    page = shared.get(ADDRESSES["steps"]).text
    assert 'data-usual="month"' in page
    assert "/charts/steps?timeframe=month" in page
    assert f'href="{PAGE}?timeframe=month"' in page
    assert 'data-usual="week"' in shared.get(PAGE).text


def test_the_figures_of_the_overview_are_of_builds(service: Service) -> None:
    for number in range(1, 24):
        service.tasks.land(a_build(number, seconds=100.0, ago=timedelta(hours=number)))
    service.tasks.land(a_build(24, seconds=300.0, ago=timedelta(minutes=5)))
    page = service.get(PAGE).text
    wall = service.get("/api/v1/projects/owner/name").json()["wall"]
    assert (wall["builds"], wall["timed"], wall["passed"]) == (24, 24, 24)
    for figure, said in {
        "median_wall": together(text.duration(wall["median"])),
        "p95_wall": together(text.duration(wall["p95"])),
        "passed": together("100.0 %"),
        "builds": "24",
        "jobs": str(wall["jobs"]),
    }.items():
        assert re.search(rf'data-figure="{figure}"><strong[^>]*>{said}<', page), figure


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ((0.8, 1.0, 1.3), '<span class="delta">+13 %</span> against the 30 days before, may be chance'),
        ((0.98, 1.0, 1.02), '<span class="delta slower">▲ +13 %</span> against the 30 days before</div>'),
    ],
)
def test_a_range_has_a_colour_only_where_it_differs_beyond_chance(
    service: Service, shares: tuple[float, ...], says: str
) -> None:
    """Of builds that took 100 s before, and 113 s in the median since."""
    for number in range(24):
        before, now = (seconds * shares[number % 3] for seconds in (100.0, 113.0))
        service.tasks.land(a_build(1 + number, seconds=before, ago=timedelta(days=40, hours=number)))
        service.tasks.land(a_build(51 + number, seconds=now, ago=timedelta(hours=number + 1)))
    page = service.get(f"{PAGE}?timeframe=month").text
    card = page[page.index('data-figure="median_wall"') :][:400]
    assert together(says) in card


def test_what_95_percent_are_within_needs_20_builds(service: Service) -> None:
    for number in range(1, 20):
        service.tasks.land(a_build(number, ago=timedelta(hours=number)))
    assert "too few builds (19 of 20)" in service.get(PAGE).text


def test_a_chart_as_a_table_shows_its_values_with_units(shared: Service) -> None:
    page = shared.get(f"{PAGE}/charts/matrix").text
    assert "<td>python 2.7 linux</td>" in page
    assert together('<td class="num">1 m 40 s</td>') in page


def test_a_chart_that_does_not_exist_is_not_found(shared: Service) -> None:
    assert shared.get(f"{PAGE}/charts/none").status_code == 404


def test_a_chart_keeps_the_filters_and_leads_back(shared: Service) -> None:
    page = shared.get(f"{PAGE}/charts/matrix?filter_branch=gone").text
    assert "No data in this range." in page
    assert f'href="{PAGE}?filter_branch=gone"' in page


@pytest.mark.parametrize("value", HOSTILE)
def test_names_from_strangers_are_text_in_a_table(service: Service, value: str) -> None:
    service.tasks.land(a_build(1, branch=value, matrix=value, step=value, result=Result.FAILED))
    for name in ("branches", "matrix", "steps"):
        page = service.get(f"{PAGE}/charts/{name}?filter_branch={quote(value)}").text
        assert "<img" not in page
        assert "alert(1)</script>" not in page
        assert "onmouseover='" not in page


def test_the_figures_have_the_old_grades(service: Service) -> None:
    service.tasks.land(a_build(1))
    service.tasks.land(a_build(2, result=Result.FAILED))
    assert together('<strong class="error">50.0 %</strong>passed') in service.get(PAGE).text
    page = service.get(ADDRESSES["jobs"]).text
    assert together('<strong class="error">50.0 %</strong>passed') in page
    assert '<strong class="error">0</strong>days since last failed job' in page


def test_a_page_without_scripts_loads_itself_again(shared: Service) -> None:
    page = shared.get(f"{PAGE}?refresh=1").text
    assert '<noscript><meta http-equiv="refresh" content="600"></noscript>' in page
    assert 'data-refresh-seconds="600"' in page


def test_a_zoomed_range_is_in_the_form(shared: Service) -> None:
    page = shared.get(f"{PAGE}?since=2026-01-01T10:00:00Z&until=2026-01-02T00:00:00Z").text
    assert 'name="since" value="2026-01-01T10:00"' in page
    assert 'name="until" value="2026-01-02T00:00"' in page


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://app.travis-ci.com/github/owner/name/builds/1",
            "https://app.travis-ci.com/github/owner/name",
        ),
        ("https://ci.example/owner/na me/builds/1", "https://ci.example/owner/na%20me"),
        ("javascript:alert(1)//builds/1", None),
        ("https://ci.example/builds/1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_page_at_the_ci_is_read_from_a_build(url: str | None, expected: str | None) -> None:
    assert ci_page([{"url": url}]) == expected


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://travis-ci.org/ann/tool/builds/1", "https://github.com/ann/tool"),
        ("https://app.travis-ci.com/github/ann/tool/builds/1", "https://github.com/ann/tool"),
        ("https://app.travis-ci.com/gitlab/ann/tool/builds/1", "https://gitlab.com/ann/tool"),
        ("https://travis.example.org/ann/tool/builds/1", None),
        (None, None),
    ],
)
def test_the_repository_is_where_the_public_ci_has_it_from(url: str | None, found: str | None) -> None:
    assert repository("ann/tool", [{"provider": "travis", "url": url}]) == found
