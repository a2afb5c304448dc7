"""Each filter is a parameter, a choice and a field of forms, and links, badges and caches know of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from buildtimetrend import charts
from buildtimetrend.filters import FILTERS, Filter
from tests.filters.conftest import store_all
from tests.filters.history import CHOSEN, REPO, filtered, history
from tests.store.engines import ENGINES, empty
from tests.web.conftest import Service, running_service

API = f"/api/v1/projects/{REPO}"
PAGES = {
    "dashboard": f"/dashboard/{REPO}",
    "compare": f"/compare/{REPO}?by=period",
    "badges": f"/badges/{REPO}",
}

every_filter = pytest.mark.parametrize("row", FILTERS.values(), ids=FILTERS)


@pytest.fixture(scope="module", params=ENGINES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """On every engine."""
    folder = tmp_path_factory.mktemp("everywhere")
    with empty(request.param, request, folder) as url, running_service(url) as service:
        store_all(service.store)
        service.tasks.saved(REPO)
        yield service


@pytest.fixture(scope="module")
def alone() -> Iterator[Callable[[str], Service]]:
    """By a filter's name: a service that knows of what passes it, and of nothing else."""
    services: dict[str, Service] = {}
    with ExitStack() as running:

        def of(name: str) -> Service:
            if name not in services:
                services[name] = running.enter_context(running_service())
                store_all(services[name].store, name)
                services[name].tasks.saved(REPO)
            return services[name]

        yield of


def jobs_of(row: Filter) -> int:
    return sum(len(build.jobs) for build in filtered(history(), row.name, CHOSEN[row.name]))


def only(row: Filter, **more: str) -> str:
    return urlencode({"timeframe": "year", row.parameter: CHOSEN[row.name], **more})


@every_filter
def test_it_is_a_parameter_of_everything_in_the_api_that_takes_any(service: Service, row: Filter) -> None:
    document = service.get("/openapi.json").json()
    taking = 0
    for path, methods in document["paths"].items():
        for operation in methods.values():
            given = {each["name"]: each for each in operation.get("parameters", ())}
            if given.keys() & {each.parameter for each in FILTERS.values()}:
                taking += 1
                assert given[row.parameter]["description"] == row.help, path
                assert not given[row.parameter]["required"]
    assert taking > 8
    assert row.name in document["components"]["schemas"]["Choices"]["properties"]


@every_filter
def test_a_value_that_is_too_long_is_refused_and_named(service: Service, row: Filter) -> None:
    answer = service.get(f"{API}?{urlencode({row.parameter: 'x' * 501})}")
    assert answer.status_code == 422
    assert row.parameter in answer.json()["error"]["detail"]
    assert (
        f"{row.parameter}: "
        in service.get(f"{PAGES['dashboard']}?{row.parameter}={'x' * 501}", follow_redirects=True).text
    )


@every_filter
def test_it_has_choices_whatever_is_chosen(service: Service, row: Filter) -> None:
    found = service.get(f"{API}/choices?{only(row)}").json()
    assert CHOSEN[row.name] in found[row.name]
    assert len(found[row.name]) > 1


@every_filter
@pytest.mark.parametrize("page", PAGES)
def test_it_is_a_field_of_every_form(service: Service, page: str, row: Filter) -> None:
    address = PAGES[page] + ("&" if "?" in PAGES[page] else "?") + only(row)
    text = service.get(address, follow_redirects=True).text
    field = re.search(
        rf'<label>{row.label} <select name="{row.parameter}">(.*?)</select>', text, re.DOTALL | re.IGNORECASE
    )
    assert field
    assert f'<option value="{CHOSEN[row.name]}" selected>' in field[1]
    assert field[1].count("<option") > 2


@every_filter
def test_figures_are_kept_apart_by_it(service: Service, row: Filter) -> None:
    every = sum(len(build.jobs) for build in history())
    for _ in range(2):
        assert service.get(f"{API}?timeframe=year").json()["totals"]["jobs"] == every
        assert service.get(f"{API}?{only(row)}").json()["totals"]["jobs"] == jobs_of(row) < every
        assert service.get(f"{API}?{only(row)}x").json()["error" if row.values else "totals"]


@every_filter
def test_every_list_is_filtered_by_it(service: Service, row: Filter) -> None:
    for what in ("jobs", "builds", "steps"):
        few, every = (
            service.get(f"{API}/{what}?limit=1000&{query}").json()[what]
            for query in (only(row), "timeframe=year")
        )
        assert few
        assert few != every
    assert len(service.get(f"{API}/jobs?limit=1000&{only(row)}").json()["jobs"]) == jobs_of(row)


@every_filter
@pytest.mark.parametrize("chart", charts.CHARTS)
def test_every_chart_is_filtered_by_it(service: Service, chart: str, row: Filter) -> None:
    address = f"{API}/charts/{chart}"
    few, every = (service.get(f"{address}?{query}").json() for query in (only(row), "timeframe=year"))
    assert few["columns"] != every["columns"]
    assert service.get(f"{address}?timeframe=year").json() | {"until": ""} == every | {"until": ""}
    page = service.get(f"/dashboard/{REPO}/charts/{chart}?{only(row)}").text
    assert unescape(page).count(f"{row.parameter}={urlencode({'': CHOSEN[row.name]})[1:]}") > 1


@every_filter
def test_comparisons_are_kept_apart_by_it(service: Service, row: Filter) -> None:
    sides = {"by": "period", "timeframe": "month"}

    def jobs(query: dict[str, str]) -> int:
        found = service.get(f"{API}/compare?{urlencode(query)}").json()
        return int(found["a"]["jobs"] + found["b"]["jobs"])

    for _ in range(2):
        assert 0 < jobs(sides | {row.parameter: CHOSEN[row.name]}) < jobs(sides)


@every_filter
def test_a_badge_takes_it_by_its_name_with_and_without_what_pages_put_before_it(
    service: Service, row: Filter
) -> None:
    address = f"/badge/{REPO}/jobs/year.json"
    for name in (row.short, row.parameter):
        for _ in range(2):
            said = service.get(f"{address}?{urlencode({name: CHOSEN[row.name]})}").json()["message"]
            assert said == str(jobs_of(row))
    assert service.get(address).json()["message"] == str(sum(len(build.jobs) for build in history()))
    for value in ("no such value", "x" * 501, "\0"):
        answer = service.get(f"{address}?{urlencode({row.short: value})}")
        assert (answer.status_code, answer.json()["message"]) == (200, "unknown")


@every_filter
@pytest.mark.parametrize("badge", ["latest", "avg", "builds", "last_fail"])
def test_every_badge_is_that_of_what_passes(
    service: Service, alone: Callable[[str], Service], badge: str, row: Filter
) -> None:
    query = urlencode({row.short: CHOSEN[row.name]})
    address = f"/badge/{REPO}/{badge}/year.json"
    assert service.get(f"{address}?{query}").json() == alone(row.name).get(address).json()


@every_filter
def test_links_keep_it(service: Service, row: Filter) -> None:
    kept = {row.parameter: [CHOSEN[row.name]]}
    leaving = {
        PAGES["dashboard"]: ("/compare/", "/badges/", f"{API}/charts/", f"/dashboard/{REPO}/charts/"),
        f"/dashboard/{REPO}/charts/jobs": (f"/dashboard/{REPO}", f"{API}/charts/"),
        f"/compare/{REPO}": (f"/dashboard/{REPO}", "/compare/", f"{API}/compare"),
        PAGES["badges"]: (f"/dashboard/{REPO}", "/badges/"),
    }
    for page, targets in leaving.items():
        text = service.get(f"{page}?{only(row)}", follow_redirects=True).text
        links = [unescape(link) for link in re.findall(r'href="([^"]*)"', text)]
        for target in targets:
            found: list[dict[str, Any]] = [
                parse_qs(urlsplit(link).query)
                for link in links
                if link.partition("?")[0].startswith(target) and "?" in link
            ]
            assert any(kept.items() <= query.items() for query in found), (page, target)


@every_filter
def test_lines_for_a_readme_show_the_filtered_badge_and_lead_to_the_filtered_page(
    service: Service, row: Filter
) -> None:
    text = unescape(service.get(f"{PAGES['badges']}?interval=year&{only(row)}").text)
    value = urlencode({"": CHOSEN[row.name]})[1:]
    assert f"/badge/{REPO}/avg/year?{row.short}={value})" in text
    assert f"/dashboard/{REPO}?{row.parameter}={value})" in text
    assert f"/badge/{REPO}/avg/year.json?{row.short}={value}<" in text
