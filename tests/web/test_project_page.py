from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from buildtimetrend import charts
from buildtimetrend.model import Result
from buildtimetrend.providers.code_host import repository
from buildtimetrend.web.pages.project import SECTIONS, ci_page
from tests.web.conftest import Service, a_build
from tests.web.test_pages import HOSTILE

PAGE = "/dashboard/owner/name"


def test_every_chart_has_a_panel() -> None:
    panels = [panel for section in SECTIONS.values() for panel in section]
    drawn = {panel.chart for panel in panels} | {name for panel in panels for name in panel.more}
    assert set(charts.CHARTS) == drawn


def test_every_panel_leads_to_its_table(shared: Service) -> None:
    page = shared.get(f"{PAGE}?timeframe=month").text
    found = re.findall(r'data-chart="(\w+)"', page)
    assert found == [panel.chart for section in SECTIONS.values() for panel in section]
    for name in found:
        table = f"{PAGE}/charts/{name}?timeframe=month"
        assert f'href="{table}"' in page
        assert shared.get(table).status_code == 200


def test_a_chart_as_a_table_shows_its_values_with_units(shared: Service) -> None:
    page = shared.get(f"{PAGE}/charts/matrix").text
    assert "<td>python 2.7 linux</td>" in page
    assert '<td class="num">1 m 40 s</td>' in page


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
    page = service.get(PAGE).text
    assert '<strong class="error">50.0 %</strong>passed' in page
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
