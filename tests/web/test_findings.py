"""What changed, in the API and on its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from buildtimetrend.text import together
from tests.findings.history import USUAL, changed, saved
from tests.web.conftest import Service

REPO = "made/slower"


def test_findings_are_answered_and_kept_until_a_build_lands(make_service: Callable[..., Service]) -> None:
    service = make_service()
    begun = datetime.now(UTC) - timedelta(days=30)
    saved(service.store, REPO, {**USUAL, "pytest": changed(120, 71, 180)}, begun=begun)
    path = f"/api/v1/projects/{REPO}/findings"
    (found,) = service.client.get(path).json()["findings"]
    assert (found["what"], found["step"], found["of_jobs"]) == ("step", "pytest", 3)
    assert (found["since"]["number"], found["last_before"]["number"]) == ("71", "70")
    assert found["since"]["commit_id"] == f"{71:040x}"
    assert found["after"] - found["before"] > 55
    assert found["confidence"] > 0.9
    assert found["wall_after"] > found["wall_before"]
    assert service.client.get(f"{path}?timeframe=day").json()["findings"] == []
    assert service.client.get(f"{path}?filter_pipeline=none").json()["findings"] == []
    assert service.client.get(f"{path}?filter_branch=main").json()["findings"][0]["since"]["number"] == "71"


def test_an_unknown_repo_has_none(shared: Service) -> None:
    assert shared.client.get("/api/v1/projects/no/body/findings").status_code == 404


def test_the_page_says_what_changed_with_links_to_its_builds(make_service: Callable[..., Service]) -> None:
    service = make_service()
    begun = datetime.now(UTC) - timedelta(days=30)
    saved(service.store, REPO, {**USUAL, "pytest": changed(120, 71, 180)}, begun=begun)
    saved(service.store, "made/steady", USUAL, begun=begun)
    page = service.get(f"/findings/{REPO}").text
    assert "in all three jobs since build #71 on" in page
    assert f'<a href="/build/travis/{REPO}/71?' in page
    assert "“<bdi>Change 71</bdi>”" in page
    assert "by=period&amp;b_since=" in page
    steady = service.get("/findings/made/steady").text
    assert "Nothing changed in 120 passed builds since" in steady
    assert "Nothing changed" not in page
    assert "No build passed here" in service.get("/findings/made/steady?filter_branch=none").text
    assert service.get("/findings/no/body").status_code == 404
    link = service.get("/dashboard/made/steady?timeframe=month&filter_branch=main").text
    assert '<a href="/findings/made/steady?filter_branch=main">What changed</a>' in link


def test_names_in_sentences_stay_text(make_service: Callable[..., Service]) -> None:
    service = make_service()
    begun = datetime.now(UTC) - timedelta(days=30)
    evil = "<script>alert(1)</script>"
    saved(service.store, REPO, {**USUAL, evil: changed(120, 71, 180)}, begun=begun)
    page = service.get(f"/findings/{REPO}").text
    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; takes" in page


def test_what_is_open_comes_first_and_the_end_of_what_is_over_is_not_told_twice(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    begun = datetime.now(UTC) - timedelta(days=30)
    for_a_while = {"pip install": lambda number, job: 90.0 if 41 <= number < 81 else 40.0}
    steps = {**USUAL, **for_a_while, "apt-get update": changed(60, 61, 20), "pytest": changed(120, 25, 190)}
    saved(service.store, REPO, steps, begun=begun)
    told = service.get(f"/findings/{REPO}").text
    said = (
        "pytest takes",
        "apt-get update takes",
        "pip install took",
    )
    places = [told.index(f">{sentence}") for sentence in said]
    assert places == sorted(places)
    assert told.count('<p class="sentence">') == 3
    assert "Over since build #81" in told
    assert "1 finding is open</strong>, 1 is over, 1 is an improvement. Nothing else changed" in told


def test_a_long_command_is_short_in_its_sentence_and_whole_beside_it(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    begun = datetime.now(UTC) - timedelta(days=30)
    command = "bundle exec rake spec:all spec:slow coverage:check --trace --verbose --format progress"
    saved(service.store, REPO, {**USUAL, command: changed(120, 71, 180)}, begun=begun)
    (found,) = service.client.get(f"/api/v1/projects/{REPO}/findings").json()["findings"]
    assert found["sentence"].startswith("bundle exec rake spec:all spec:slow coverage:check --trace … takes ")
    assert found["step"] == command
    page = service.get(f"/findings/{REPO}").text
    assert f'<bdi title="{command}">{together(found["sentence"])}</bdi>' in page
    build = service.get(f"/build/travis/{REPO}/90").text
    assert f'title="{command}">bundle exec rake spec:all spec:slow coverage:check --trace …</bdi>' in build
