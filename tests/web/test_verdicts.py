"""Verdicts of many builds at once are those of each build's own page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from buildtimetrend.model import Result
from buildtimetrend.text import difference, together
from tests.web.conftest import Service
from tests.web.explained_builds import REPO, USUAL, Planned, a_build, usual_builds, with_first

API = f"/api/v1/projects/{REPO}"


def land(service: Service) -> None:
    for build in usual_builds():
        service.tasks.land(build)
    service.tasks.land(a_build(50, *with_first(waits=300.0)))
    service.tasks.land(a_build(51, *with_first(steps=(("install", 30.0), ("test", 110.0)))))
    service.tasks.land(replace(a_build(52, *USUAL), attempt=2))
    service.tasks.land(a_build(53, Planned("new", steps=(("all", 600.0),)), *USUAL))


def listed(service: Service, query: str = "") -> dict[str, dict[str, Any]]:
    found = service.get(f"{API}/verdicts?timeframe=year&{query}").json()["verdicts"]
    return {one["number"]: one["verdict"] for one in found}


def test_verdicts_of_a_list_are_those_of_each_build(service: Service) -> None:
    land(service)
    found = listed(service, "limit=50")
    assert {"50", "51", "52", "53", "1", "12"} <= found.keys()
    for number, short in found.items():
        build = service.get(f"{API}/builds/travis/{number}").json()["attempts"][-1]["build"]
        assert short["usual"] == build["usual"], number
        assert (short["word"], short["sentence"], short["brief"]) == tuple(
            build["verdict"][name] for name in ("word", "sentence", "brief")
        )
        assert short["parts"] == build["verdict"]["parts"]
    assert found["50"]["brief"] == "job 50.1 waited 4 m 56 s"
    assert found["51"]["brief"] == "`test` +50 s"


def test_a_list_of_verdicts_is_bounded_and_turned_as_that_of_builds(service: Service) -> None:
    land(service)
    assert list(listed(service, "limit=2")) == ["53", "52"]
    assert list(listed(service, "limit=2&offset=2")) == ["51", "50"]


@pytest.mark.parametrize("path", [f"/builds/{REPO}", f"/dashboard/{REPO}?timeframe=year"])
def test_a_list_of_builds_says_how_each_differs_and_why_without_scripts(service: Service, path: str) -> None:
    land(service)
    page = service.get(path).text.rpartition("<thead>")[2]
    rows = {
        row.partition("</a>")[0].rpartition(">")[2]: row for row in page.split("<tr>")[1:] if "</a>" in row
    }
    assert listed(service)["50"]["difference"] > 200
    longer = difference(listed(service)["50"]["difference"])
    assert f'<span class="delta slower">▲ {together(longer)}</span>' in rows["50"]
    assert f"job 50.1 waited {together('4 m 56 s')}" in rows["50"]
    assert f"<code>test</code> {together('+50 s')}" in rows["51"]


def test_the_latest_build_says_why_in_the_sentence_of_its_own_page(service: Service) -> None:
    for build in (*usual_builds(), a_build(50, *with_first(waits=300.0))):
        service.tasks.land(build)
    page = service.get(f"/dashboard/{REPO}?timeframe=year").text
    latest = page.partition('<p class="latest">')[2].partition("</p>")[0]
    sentence = listed(service)["50"]["sentence"].removesuffix(".")
    assert "longer than usual" in sentence
    assert "(usually" in sentence
    assert f'aria-hidden="true">▲</span> {together(sentence)} <span' in latest


def test_what_did_not_pass_has_no_verdict_in_a_list(service: Service) -> None:
    service.tasks.land(a_build(1, *USUAL, result=Result.FAILED))
    assert listed(service) == {}
