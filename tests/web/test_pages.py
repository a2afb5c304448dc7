from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from buildtimetrend.model import Build, Result
from buildtimetrend.web.http.assets import styles
from buildtimetrend.web.http.templating import ENVIRONMENT
from buildtimetrend.web.pages.panels import VIEWS
from tests.web.conftest import Service, a_build

CI = "https://travis-ci.com"

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "javascript:alert(1)",
    "a\x00b\x1bc\u202ed",
    "&lt;b&gt;",
    "x" * 400,
    "ünïcödé 🚀",
]


class Tags(HTMLParser):
    """Which elements and attributes a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.code = ""
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Our own picture of a chart: its address is among the links, which are checked.
        is_sketch = tag == "img" and ("class", "sketch") in attrs
        self.elements.add("sketch" if is_sketch else tag)
        self._in_script = tag == "script"
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.code += data


def assert_harmless(text: str) -> None:
    tags = Tags(text)
    assert not tags.elements & {"style", "iframe", "object", "img", "b"}
    assert not tags.code
    assert not {name for name in tags.attributes if name.startswith("on") or name == "style"}
    ours = {link for link in tags.links if link.startswith(("/", "#")) and not link.startswith("//")}
    assert all(link.startswith(f"{CI}/") for link in tags.links - ours)


@pytest.mark.parametrize("value", HOSTILE)
def test_names_from_strangers_are_text_on_every_page(service: Service, value: str) -> None:
    build = a_build(
        1, branch=value, trigger=value, matrix=value, step=value, message=value, result=Result.FAILED
    )
    service.tasks.land(build)
    for path in (
        "/dashboard",
        "/dashboard/owner/name",
        f"/dashboard/owner/name?filter_branch={quote(value)}&timeframe=year",
        "/build/travis/owner/name/1",
        "/stats",
        "/imports",
    ):
        answer = service.get(path)
        assert answer.status_code == 200
        assert_harmless(answer.text)
        assert "49" not in re.findall(r">\s*(49)\s*<", answer.text)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_repo_name_is_text_and_its_links_work(service: Service, value: str) -> None:
    repo = f"owner/{value}"
    service.tasks.land(a_build(1, repo=repo))
    overview = service.get("/dashboard").text
    assert_harmless(overview)
    link = next(link for link in Tags(overview).links if link.startswith("/dashboard/"))
    page = service.get(link)
    assert page.status_code == 200
    assert_harmless(page.text)


@pytest.mark.parametrize("view", VIEWS)
def test_panels_of_a_view_lead_to_their_data(shared: Service, view: str) -> None:
    place = "dashboard" if view == "overview" else view
    page = shared.get(f"/{place}/owner/name?timeframe=month&filter_branch=master").text
    links = Tags(page).links
    for panel in (panel for panels in VIEWS[view].values() for panel in panels):
        link = f"/api/v1/projects/owner/name/charts/{panel.chart}?timeframe=month&filter_branch=master"
        assert link in links
        assert shared.get(link).status_code == 200
        assert f"{link}&format=csv" in links


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("timeframe=decade", "timeframe"),
        ("refresh=often", "refresh"),
        ("refresh=-5", "refresh"),
        ("filter_build_result=maybe", "filter_build_result"),
        ("interval=second", "interval"),
        ("since=yesterday", "since"),
        ("since=2020-01-02&until=2020-01-01", "since"),
        ("since=1990-01-01&interval=hour", "since"),
        ("filter_branch=" + "x" * 600, "filter_branch"),
        ("timeframe=<script>", "timeframe"),
    ],
)
@pytest.mark.parametrize("path", ["/dashboard/owner/name", "/dashboard", "/stats"])
def test_a_wrong_parameter_gives_way_to_its_default_with_a_note(
    shared: Service, path: str, query: str, named: str
) -> None:
    answer = shared.get(f"{path}?{query}")
    assert answer.status_code == 200
    notes = re.findall(r'<p class="note" role="status">(.*?)</p>', answer.text)
    assert any(named in note and "The default is used instead." in note for note in notes)
    assert "<script>" not in answer.text


def test_repeated_and_unknown_parameters_do_no_harm(shared: Service) -> None:
    query = "timeframe=day&timeframe=month&x=1&filter_branch=&filter_branch=master&%ff=%fe&=&"
    answer = shared.get(f"/dashboard/owner/name?{query}")
    assert answer.status_code == 200
    assert "note" not in re.findall(r'class="(note)"', answer.text)


def test_a_filter_that_nothing_passes_stays_selected(shared: Service) -> None:
    page = shared.get("/dashboard/owner/name?filter_branch=gone").text
    assert '<option value="gone" selected>gone</option>' in page
    assert "No builds in this range." in page


def test_the_form_of_the_dashboard_leads_to_the_project(shared: Service) -> None:
    assert shared.get("/dashboard?repo=owner%2Fname").headers["location"] == "/dashboard/owner/name"
    assert shared.get("/dashboard/?repo=owner%2Fname").headers["location"] == "/dashboard/owner/name"
    assert shared.get("/dashboard/").status_code == 200
    assert shared.get("/dashboard?repo=owner").status_code == 404


@pytest.mark.parametrize("query", ["", "?timeframe=year"])
def test_a_denied_repo_is_on_no_page(make_service: Callable[..., Service], query: str) -> None:
    service = make_service(denied_repo=("secret",))
    service.tasks.land(a_build(1, repo="owner/secret"))
    service.get("/travis/owner/secret/1")
    for path in ("/dashboard", "/stats", "/imports"):
        assert "secret" not in service.get(path + query).text
    assert service.get("/build/travis/owner/secret/1").status_code == 404


def test_every_attempt_of_a_build_is_on_its_page(service: Service) -> None:
    first = a_build(1, result=Result.FAILED, ago=timedelta(hours=5))
    service.tasks.land(first)
    service.tasks.land(a_build(1, attempt=2, ago=timedelta(hours=2)))
    page = service.get("/build/travis/owner/name/1").text
    assert page.index("Attempt 1") < page.index("Attempt 2")
    assert "run install" in page


def test_a_build_without_anything_optional_has_a_page(service: Service) -> None:
    bare = Build("travis", "https://api.travis-ci.com", "owner/name", "5", "5", Result.ERRORED, "errored")
    service.tasks.land(bare)
    service.tasks.land(a_build(6))
    for path in ("/build/travis/owner/name/5", "/dashboard/owner/name", "/dashboard"):
        assert service.get(path).status_code == 200


def test_an_empty_service_has_all_its_pages(service: Service) -> None:
    for path in ("/", "/dashboard", "/stats", "/imports", "/docs", "/sign-in"):
        assert service.get(path).status_code == 200


def test_every_link_of_the_pages_leads_somewhere(service: Service) -> None:
    service.tasks.land(a_build(1))
    seen, waiting = set[str](), ["/"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = service.get(path)
        assert answer.status_code in (200, 307), path
        if answer.headers["content-type"].startswith("text/html") and len(seen) < 150:
            found = {escape_free(link) for link in Tags(answer.text).links if link.startswith("/")}
            forms = set(re.findall(r'action="([^"]+)" method="post"', answer.text))
            waiting += [link for link in found - forms if link not in seen and link not in waiting]
    assert {"/dashboard/owner/name", "/stats", "/imports", "/docs", styles("base", "components")} <= seen


def escape_free(link: str) -> str:
    assert escape(link) == link or "&" in link
    return link.partition("#")[0]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("simulated/numbers", "simulated/<wbr>numbers"),
        ("fix-the_clock.now", "fix-<wbr>the_<wbr>clock.<wbr>now"),
        ("a//b-", "a//<wbr>b-"),
        ("-x", "-<wbr>x"),
        ("plain", "plain"),
        ("<b>/&", "&lt;b&gt;/<wbr>&amp;"),
        ("", ""),
    ],
)
def test_names_may_go_on_in_the_next_line_where_they_are_joined(name: str, made: str) -> None:
    shown = ENVIRONMENT.from_string("{{ name | breakable }}").render(name=name)
    assert shown == made
