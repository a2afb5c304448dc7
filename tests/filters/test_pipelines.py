"""A pipeline is named in a text: by its key, else its name, else its CI system, else its id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from buildtimetrend.model import Build, Query
from buildtimetrend.store import open_store, reads
from buildtimetrend.store.base import Store
from tests.filters.history import BEGIN, CHOSEN, NOW, REPO, history
from tests.store.engines import ENGINES, empty
from tests.web.conftest import Service, running_service

GITHUB = {"provider": "github", "instance": "https://api.github.com"}
# Pipelines by how many builds they have: a number that tells them apart.
PIPELINES: tuple[dict[str, Any], ...] = (
    {"pipeline": "tests.yml", "pipeline_name": "CI", **GITHUB},
    {"pipeline": "lint.yml", "pipeline_name": "CI", **GITHUB},
    {"pipeline": "docs.yml", "pipeline_name": "tests.yml", **GITHUB},
    {},  # Travis CI's only one
    {"pipeline": "unit", "instance": "https://one.example"},
    {"pipeline": "unit", "instance": "https://two.example"},
    {"provider": "jenkins", "instance": "https://one.example"},
    {"provider": "jenkins", "instance": "https://two.example"},
)
FIRST = history()[0]


def builds() -> Iterator[Build]:
    """All with the same numbers."""
    for place, fields in enumerate(PIPELINES):
        of_pipeline = {"pipeline": "", "pipeline_name": None, **fields}
        for number in range(1, place + 2):
            id = f"{place}-{number}"
            jobs = tuple(replace(job, id=f"{id}-{job.id}") for job in FIRST.jobs[:1])
            yield replace(FIRST, id=id, number=str(number), jobs=jobs, **of_pipeline)


@pytest.fixture(scope="module", params=ENGINES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("pipelines")
    with empty(request.param, request, folder) as url, running_service(url) as service:
        for saved in [service.store.save(build) for build in builds()]:
            saved.result()
        service.tasks.saved(REPO)
        yield service


@pytest.fixture
def store(service: Service) -> Store:
    return service.store


def counted(store: Store, reference: str) -> int:
    asked = Query(REPO, BEGIN, NOW, filters={"pipeline": reference})
    return len(reads.builds(store, asked, 100, 0)["build_id"])


@pytest.mark.parametrize(
    ("reference", "count"),
    [
        ("tests.yml", 1),  # a key, though another is called so
        ("lint.yml", 2),
        ("CI", 1 + 2),
        ("travis", 4),
        ("unit", 5 + 6),
        ("jenkins", 7 + 8),
        ("github", 0),
        ("ci", 0),
        ("nothing", 0),
        ("", 0),
    ],
)
def test_a_text_names_the_pipelines_that_it_should(store: Store, reference: str, count: int) -> None:
    assert counted(store, reference) == count


def test_an_id_names_one_pipeline(store: Store) -> None:
    found = [counted(store, str(pipeline.id)) for pipeline in reads.pipelines(store, REPO)]
    assert sorted(found) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_each_pipeline_has_a_reference_of_its_own_and_is_told_from_the_others(store: Store) -> None:
    found = reads.pipelines(store, REPO)
    assert sorted(counted(store, one.reference) for one in found) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {one.reference for one in found} >= {"tests.yml", "lint.yml", "docs.yml", "travis"}
    assert len({one.label for one in found}) == len(PIPELINES)
    assert [one.label for one in found if one.name] == ["CI (lint.yml)", "CI (tests.yml)", "tests.yml"]
    assert {"unit (one.example)", "unit (two.example)"} <= {one.label for one in found}


def test_the_form_offers_each_pipeline_by_its_label(service: Service) -> None:
    page = service.get(f"/dashboard/{REPO}?timeframe=year&filter_pipeline=lint.yml").text
    [field] = re.findall(r'<select name="filter_pipeline">(.*?)</select>', page, re.DOTALL)
    offered = re.findall(r'<option value="([^"]*)"( selected)?>(.*?)</option>', unescape(field))
    known = reads.pipelines(service.store, REPO)
    # Not all of them: one is shown.
    assert [(value, label) for value, _, label in offered] == [(one.reference, one.label) for one in known]
    assert [value for value, selected, _ in offered if selected] == ["lint.yml"]


@pytest.mark.parametrize("reference", ["tests.yml", "CI", "travis", "unit", "nothing"])
def test_charts_figures_and_badges_take_every_reference(service: Service, reference: str) -> None:
    expected = counted(service.store, reference)
    query = urlencode({"timeframe": "year", "filter_pipeline": reference})
    api = f"/api/v1/projects/{REPO}"
    assert service.get(f"{api}?{query}").json()["totals"]["builds"] == expected
    drawn = service.get(f"{api}/charts/builds?{query}").json()["columns"]
    assert sum(sum(column["values"]) for column in drawn if column["unit"] == "builds") == expected
    badge = f"/badge/{REPO}/builds/year.json?{urlencode({'pipeline': reference})}"
    assert service.get(badge).json()["message"] == (str(expected) if expected else "unknown")


def test_builds_of_one_number_are_compared_within_their_pipeline(service: Service) -> None:
    query = {"by": "build", "a": "1", "b": "2"}
    api = f"/api/v1/projects/{REPO}/compare"
    one_of_them = service.get(f"{api}?{urlencode(query)}").json()
    assert [one_of_them[side]["jobs"] for side in "ab"] == [1, 1]
    assert any("filter_pipeline says which is meant" in said for said in one_of_them["warnings"])
    of_one = service.get(f"{api}?{urlencode(query | {'filter_pipeline': 'lint.yml'})}").json()
    assert [of_one[side]["jobs"] for side in "ab"] == [1, 1]
    page = service.get(f"/compare/{REPO}?{urlencode(query | {'filter_pipeline': 'lint.yml'})}").text
    assert "filter_pipeline: has no effect" not in page
    assert 'name="filter_pipeline"' in page


def test_there_is_no_field_where_there_is_nothing_to_choose() -> None:
    plain = replace(
        FIRST, pipeline="", pipeline_name=None, jobs=tuple(replace(job, name=None) for job in FIRST.jobs)
    )
    with running_service() as service:
        service.tasks.land(plain)
        page = service.get(f"/dashboard/{REPO}?timeframe=year").text
        assert 'name="filter_branch"' in page
        assert not re.search(r'name="filter_(pipeline|job)"', page)
        chosen = service.get(f"/dashboard/{REPO}?timeframe=year&filter_job={CHOSEN['job']}").text
        assert f'<option value="{CHOSEN["job"]}" selected>' in chosen


def test_a_reference_means_what_is_stored_now() -> None:
    with closing(open_store("duckdb://:memory:")) as store:
        store.save(replace(FIRST, pipeline="a.yml", pipeline_name="Old")).result()
        assert (counted(store, "Old"), counted(store, "New")) == (1, 0)
        later = replace(FIRST, id="2", pipeline="a.yml", pipeline_name="New", queued_at=NOW)
        store.save(later).result()
        assert (counted(store, "Old"), counted(store, "New")) == (0, 2)
