"""`/badges/{repo}`: the lines of a README are whole, and lead here."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from buildtimetrend.web.badges import BADGES, INTERVALS
from tests.web.conftest import Service, a_build
from tests.web.test_pages import HOSTILE, Tags

BADGE = "http://testserver/badge/owner/name/avg/week"
TARGET = "http://testserver/dashboard/owner/name"


def code(page: str, name: str) -> str:
    found = re.search(rf'<code id="{name}">(.*?)</code>', page, re.DOTALL)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("", f"[![avg buildtime]({BADGE})]({TARGET})"),
        ("markdown", f"[![avg buildtime]({BADGE})]({TARGET})"),
        ("html", f'<a href="{TARGET}"><img src="{BADGE}" alt="avg buildtime"></a>'),
        ("rst", f".. image:: {BADGE}\n   :target: {TARGET}\n   :alt: avg buildtime"),
        ("url", BADGE),
    ],
)
def test_a_snippet_shows_the_badge_and_leads_to_the_dashboard(
    shared: Service, form: str, expected: str
) -> None:
    assert code(shared.get(f"/badges/owner/name?format={form}").text, "snippet") == expected


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("badge", BADGES)
def test_every_badge_can_be_chosen(shared: Service, badge: str, interval: str) -> None:
    page = shared.get(f"/badges/owner/name?type={badge}&interval={interval}&format=url").text
    picture = f"/badge/owner/name/{badge}/{interval}"
    assert code(page, "snippet") == f"http://testserver{picture}"
    # Once as the preview, once among all.
    assert page.count(f'src="{picture}"') == 2
    assert len(re.findall(r"<img [^>]*alt=\"[^\"]+\"", page)) == len(BADGES) * len(INTERVALS) + 1
    assert shared.get(picture).headers["content-type"].startswith("image/svg+xml")


def test_shields_io_is_told_the_endpoint(shared: Service) -> None:
    page = shared.get("/badges/owner/name?type=jobs&interval=year").text
    endpoint = code(page, "endpoint")
    assert endpoint == "http://testserver/badge/owner/name/jobs/year.json"
    assert parse_qs(urlsplit(code(page, "shields")).query) == {"url": [endpoint]}
    assert shared.get(urlsplit(endpoint).path).json()["label"] == "build jobs"


def test_a_value_that_does_not_exist_is_said_and_not_used(shared: Service) -> None:
    page = shared.get("/badges/owner/name?type=nope&interval=age&format=pdf").text
    assert code(page, "snippet") == f"[![avg buildtime]({BADGE})]({TARGET})"
    for name in ("type", "interval", "format"):
        assert f"{name}: should be one of" in page


@pytest.mark.parametrize("path", ["/badges/owner/other", "/badges/owner", "/badges/owner/secret"])
def test_an_unknown_project_has_no_page(make_service: Callable[..., Service], path: str) -> None:
    service = make_service(denied_repo=("secret",))
    service.tasks.land(a_build(1, repo="owner/secret"))
    assert service.get(path).status_code == 404


def test_a_project_that_is_called_like_a_badge_gets_its_own(service: Service) -> None:
    service.tasks.land(a_build(1, repo="group/owner/jobs"))
    page = service.get("/badges/group/owner/jobs").text
    assert 'src="/badge/group/owner/jobs/avg/week"' in page


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_the_page(shared: Service, value: str) -> None:
    for name in ("type", "interval", "format"):
        plain, hostile = (
            Tags(shared.get("/badges/owner/name", params={name: given}).text) for given in ("nope", value)
        )
        assert hostile.elements == plain.elements
        assert hostile.attributes == plain.attributes
        assert hostile.links == plain.links


def test_the_project_leads_to_its_badges(shared: Service) -> None:
    page = shared.get("/dashboard/owner/name").text
    assert 'href="/badges/owner/name"' in page
    assert 'href="/compare/owner/name"' in page
