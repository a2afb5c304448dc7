"""A part of a build's waterfall, by its address."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.text import together
from buildtimetrend.web.analysis.waterfall import Axis
from tests.web.conftest import NOW, Service, a_build
from tests.web.test_pages import Tags

PAGE = "/build/travis/owner/name/1"
WHOLE = Axis(NOW, 600.0)


def bars(page: str) -> list[tuple[str, float, float]]:
    """Of steps and jobs: what they say, where they begin, how wide they are."""
    found = re.findall(
        r'<rect class="bar-\w+"[^>]* x="([\d.]+)%" width="([\d.]+)%"[^>]*><title>([^<]+)', page
    )
    return [(said, float(x), float(width)) for x, width, said in found]


@given(st.floats(0, 600), st.floats(0, 600), st.floats(0, 600), st.floats(0.001, 600))
def test_a_bar_lies_in_a_part_where_it_lies_in_the_whole(
    since: float, until: float, begins: float, takes: float
) -> None:
    part = WHOLE.part(since, until)
    if part is None:
        assert until - since < 0.1
        return
    at = WHOLE.start + timedelta(seconds=begins)
    bar = part.bar("other", "make", at, at + timedelta(seconds=takes))
    left, right = max(since, begins), min(until, begins + takes)
    if bar is None:
        assert right - left < 1e-3
        return
    assert bar.x == pytest.approx(100 * (left - since) / (until - since), abs=0.01)
    assert bar.width == pytest.approx(max(0.05, 100 * (right - left) / (until - since)), abs=0.01)
    assert bar.seconds == pytest.approx(takes, abs=1e-5)


@given(st.floats(0, 590), st.floats(1, 10))
def test_ticks_of_a_part_say_seconds_of_the_build(since: float, width: float) -> None:
    part = WHOLE.part(since, since + width)
    assert part
    for tick in part.ticks():
        assert since - 1e-9 <= tick.seconds <= since + width + 1e-9
        assert tick.x == pytest.approx(100 * (tick.seconds - since) / width, abs=0.01)


@given(st.floats(0, 500), st.floats(0.2, 100))
def test_where_there_is_little_room_ticks_have_room_for_their_words(since: float, width: float) -> None:
    part = WHOLE.part(since, since + width)
    assert part
    places = [tick.x for tick in part.ticks() if not tick.between]
    assert all(b - a > 19 for a, b in pairwise(places))


def test_the_page_shows_a_part_with_all_steps_still_listed(service: Service) -> None:
    service.tasks.land(a_build(1, ago=timedelta(hours=1)))
    whole, part = service.get(PAGE).text, service.get(f"{PAGE}?from=5&to=15").text
    assert (together("run install: 10 s"), 4.762, 9.524) in bars(whole)
    assert (together("run install: 10 s"), 0.0, 100.0) in bars(part)
    assert not any(said.startswith("run script") for said, *_ in bars(part))
    assert 'aria-label="Steps of job 1.1"' in part
    assert part.count("<tr") == whole.count("<tr")
    assert together("Zoom: 5.0 s to 15 s") in part
    assert f"{PAGE}?#jobs" in Tags(part).links


def test_a_job_is_shown_alone_and_the_rest_of_the_address_stays(service: Service) -> None:
    service.tasks.land(a_build(1, ago=timedelta(hours=1)))
    page = service.get(f"{PAGE}?attempt=1&pipeline=").text
    [link] = {link for link in Tags(page).links if link.endswith("#job-1")}
    assert link == f"{PAGE}?attempt=1&pipeline=&from=5.0&to=105.0#job-1"
    alone = service.get(link).text
    assert '<input type="hidden" name="attempt" value="1">' in alone
    assert not {link for link in Tags(alone).links if link.endswith("#job-1")}


@pytest.mark.parametrize(
    "asked", ["from=9&to=9", "from=nan", "to=-1", "from=x&to=5", "from=200&to=900", "to=inf"]
)
def test_what_is_no_part_of_it_is_said_and_all_is_shown(service: Service, asked: str) -> None:
    service.tasks.land(a_build(1, ago=timedelta(hours=1)))
    whole, page = service.get(PAGE).text, service.get(f"{PAGE}?{asked}").text
    assert "is no part of a build of 105 s. All of it is shown instead." in page
    assert bars(page) == bars(whole)


def test_a_build_that_never_began_has_nothing_to_zoom(service: Service) -> None:
    build = a_build(1)
    idle = tuple(
        replace(job, queued_at=None, started_at=None, finished_at=None, steps=()) for job in build.jobs
    )
    service.tasks.land(replace(build, queued_at=None, started_at=None, jobs=idle))
    page = service.get(f"{PAGE}?from=1&to=2")
    assert page.status_code == 200
    assert "data-seconds" not in page.text
