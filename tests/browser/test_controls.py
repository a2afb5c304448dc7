"""The controls of the other pages: searching, sorting, comparing, attempts, and imports while they run."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from buildtimetrend.demo.process import TravisProcess
from tests.browser.accessible import assert_accessible
from tests.browser.builds import a_branch, a_build, run_twice
from tests.browser.sites import PHONE, Windows, site
from tests.browser.stores import BUSY
from tests.browser.watch import settled
from tests.e2e.processes import Service

pytestmark = pytest.mark.races


def test_projects_are_searched_while_one_types(windows: Windows) -> None:
    page = windows.open("/dashboard")
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(4)
    page.get_by_label("Search").press_sequentially("numb")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("numbers")
    page.wait_for_url("**q=numb*")
    assert page.get_by_label("Search").input_value() == "numb"


@pytest.mark.parametrize("scripts", [True, False])
def test_projects_are_sorted_by_their_heads(windows: Windows, scripts: bool) -> None:
    page = windows.open("/dashboard?timeframe=year", scripts=scripts)
    names = page.locator("main tbody tr a[href^='/dashboard/']")
    page.get_by_role("link", name="median job").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("median job")
    down = names.all_inner_texts()
    page.get_by_role("link", name="median job").click()
    expect(page.locator("th[aria-sort=ascending], th[aria-sort=descending]")).to_have_count(1)
    expect(names.first).not_to_have_text(down[0])
    assert sorted(names.all_inner_texts()) == sorted(down)


def test_sides_are_chosen_and_swapped(windows: Windows, demo: Service) -> None:
    branch = a_branch(demo)
    page = windows.open(f"/compare/{BUSY}?timeframe=year")
    page.locator("[name=a]").select_option("master")
    page.locator("[name=b]").select_option(branch)
    page.get_by_role("button", name="Compare").click()
    settled(page)
    said = page.locator("main h2").first.inner_text()
    page.get_by_role("link", name="Swap A and B").click()
    settled(page)
    assert page.locator("[name=a]").input_value() == branch
    assert page.locator("main h2").first.inner_text() != said


def test_attempts_are_side_by_side(windows: Windows, demo: Service) -> None:
    page = windows.open(f"/build/travis/{BUSY}/{a_build(demo, run_twice)}")
    page.get_by_role("link", name="Attempt 1").click()
    page.wait_for_url("**attempt=1*")
    assert_accessible(page)
    job = page.locator("details.job", has=page.locator("table.steps")).first  # some have no log
    steps = job.locator("table.steps").first
    was_open = job.get_attribute("open") is not None
    expect(steps).to_be_visible(visible=was_open)
    job.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(steps).to_be_visible(visible=not was_open)
    assert_accessible(page)


def test_what_changed_stands_on_top_of_a_project(windows: Windows) -> None:
    page = windows.open(f"/dashboard/{BUSY}?timeframe=month")
    strip = page.get_by_role("region", name="What changed")
    expect(strip.locator(".finding, .nothing").first).to_be_visible()
    expect(strip).to_contain_text(re.compile("since (about|build)|Nothing changed"))
    assert_accessible(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    expect(strip.locator(".finding, .nothing").first).to_be_in_viewport(ratio=1)
    choices = page.get_by_label("Timeframe")
    expect(choices).not_to_be_visible()
    page.get_by_text("Range and filters: month").click()
    expect(choices).to_be_visible()


@pytest.mark.parametrize(
    ("zone", "shown", "chosen"),
    [
        ("America/Los_Angeles", "2026-02-28T16:00", "2026-03-01T08:30:00Z"),
        ("Asia/Kolkata", "2026-03-01T05:30", "2026-02-28T19:00:00Z"),
    ],
)
def test_ranges_are_chosen_in_the_viewer_s_zone(windows: Windows, zone: str, shown: str, chosen: str) -> None:
    """What is shown is what is meant, on a page whose script takes the form and on one that sends it."""
    page = windows.open(f"/when/{BUSY}?since=2026-03-01T00:00:00Z", timezone=zone)
    begin = page.locator("[name=since]")
    expect(begin).to_have_value(shown)
    expect(page.locator("label", has=begin)).to_contain_text("From (A")  # as both zones begin
    begin.fill("2026-03-01T00:30")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(f"**since={chosen.replace(':', '%3A')}*")
    settled(page)
    expect(page.locator("[name=since]")).to_have_value("2026-03-01T00:30")
    page.goto(f"/compare/{BUSY}?by=period&b_since=2026-03-01T00:00:00Z")
    begin = page.locator("[name=b_since]")
    expect(begin).to_have_value(shown)
    begin.fill("2026-03-01T00:30")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"**b_since={chosen.replace(':', '%3A')}*")


def test_an_import_is_followed_while_it_runs(windows: Windows, travis: TravisProcess, tmp_path: Path) -> None:
    with site(tmp_path, BTT_TRAVIS_API_URL=travis.url) as service:
        page = windows.open("/imports", service=service)
        page.get_by_label("Project").fill(BUSY)
        page.get_by_label("First build").fill("1")
        page.get_by_label("Last build").fill("12")
        page.get_by_role("button", name="Import", exact=True).click()
        # The simulated Travis CI may lack one of the numbers; which one depends on the day.
        all_here = re.compile(r"\b([1-9]\d*) of \1 builds")
        expect(page.locator("[data-progress-text]").first).to_contain_text(all_here)
        page.goto("/dashboard")
        expect(page.locator("main tbody tr")).to_have_count(1)


def test_an_import_is_canceled(windows: Windows, travis: TravisProcess, tmp_path: Path) -> None:
    with site(tmp_path, BTT_TRAVIS_API_URL=travis.url, BTT_MULTI_DELAY="3600") as service:
        httpx.post(
            f"{service.url}/api/v1/imports", json={"provider": "travis", "repo": BUSY, "first": 1, "last": 5}
        ).raise_for_status()
        page = windows.open("/imports", service=service)
        cancel = page.get_by_role("button", name="builds 1 to 5").filter(visible=True)
        cancel.click()
        settled(page)
        first = page.locator(".import").filter(has_text="1\N{EN DASH}5")
        expect(first.locator("[data-state-count=waiting]")).to_have_text("0")
        expect(first.locator("[data-state-count=canceled]")).not_to_have_text("0")
        assert_accessible(page)


def test_a_wrong_form_is_explained_and_kept(windows: Windows) -> None:
    page = windows.open("/imports", expect={400, 404, 422})
    page.get_by_label("Project").fill("no-owner")
    page.get_by_label("First build").fill("1")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("“no-owner” is no project of travis")
    expect(page.get_by_label("Project")).to_have_value("no-owner")
    assert_accessible(page)


def test_failed_builds_are_tried_again(windows: Windows, travis: TravisProcess, tmp_path: Path) -> None:
    missing = {"provider": "travis", "repo": BUSY, "first": 99_999}
    with site(tmp_path, BTT_TRAVIS_API_URL=travis.url) as service:
        httpx.post(f"{service.url}/api/v1/imports", json=missing).raise_for_status()
        page = windows.open("/imports", service=service)
        retry = page.get_by_role("button", name="Retry the failed builds").filter(visible=True)
        retry.wait_for()
        retry.click()
        settled(page)
        expect(page.locator(".import [data-progress-text]")).to_contain_text("1 could not be had")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_project_is_found_from_the_head_of_a_page(windows: Windows, scripts: bool) -> None:
    page = windows.open(f"/build/travis/{BUSY}/713", scripts=scripts)
    page.get_by_placeholder("Find a project").fill("boxes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard?q=boxes")
    expect(page.get_by_role("rowheader")).to_have_text("simulated/boxes")
    expect(page.get_by_role("search")).to_have_count(1)


def test_the_head_of_a_phone_has_no_search(windows: Windows) -> None:
    page = windows.open("/stats", size=PHONE)
    expect(page.get_by_placeholder("Find a project")).to_be_hidden()
