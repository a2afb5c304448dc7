"""The first page, and pages of errors: each says where to go on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from tests.web.conftest import Service, a_build


def test_the_first_page_of_an_empty_service_says_how_to_begin(service: Service) -> None:
    page = service.get("/").text
    assert "webhooks:\n    - http://testserver/travis" in page
    assert 'action="/imports"' in page
    assert "[![Buildtime](http://testserver/badge/owner/name)]" in page
    assert '<input name="address"' in page
    assert "<code>make demo</code> starts a service with a year of simulated builds" in page
    assert "<img" not in page


def test_the_first_page_leads_to_the_projects_that_there_are(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("secret",))
    service.tasks.land(a_build(1, repo="owner/secret"))
    service.tasks.land(a_build(1))
    assert '<a class="button primary" href="/dashboard">One project</a>' in service.get("/").text
    service.tasks.land(a_build(1, repo="owner/other"))
    page = service.get("/").text
    assert '<a class="button primary" href="/dashboard">2 projects</a>' in page
    assert 'src="/badge/owner/name"' in page or 'src="/badge/owner/other"' in page
    assert "secret" not in page


def test_the_first_page_shows_the_badge_of_the_project_that_was_built_last(service: Service) -> None:
    service.tasks.land(a_build(1, repo="owner/a", ago=timedelta(days=30)))
    service.tasks.land(a_build(1, repo="owner/b", ago=timedelta(hours=1)))
    service.tasks.land(a_build(1, repo="owner/c", ago=timedelta(days=2)))
    page = service.get("/").text
    assert 'src="/badge/owner/b"' in page
    assert "[![Buildtime](http://testserver/badge/owner/b)]" in page


def links(page: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', page.split("<main", 1)[1].split("</main>", maxsplit=1)[0])


def test_an_unknown_project_leads_to_those_of_like_names(make_service: Callable[..., Service]) -> None:
    service = make_service(denied_repo=("secret",))
    for repo in ("owner/name", "other/thing", "owner/secret"):
        service.tasks.land(a_build(1, repo=repo))
    for path in ("/dashboard/owner/nam", "/dashboard/Ownr/Name", "/build/travis/owner/nme/1"):
        answer = service.get(path)
        assert answer.status_code == 404
        assert "/dashboard/owner/name" in links(answer.text)
        assert "/dashboard/other/thing" not in links(answer.text)
    assert "/dashboard/other/thing" in links(service.get("/dashboard/someone/thing").text)
    assert "/dashboard/owner/secret" not in links(service.get("/dashboard/owner/secre").text)
    assert "/dashboard/owner/secret" not in links(service.get("/dashboard/owner/secret").text)


def test_an_unknown_project_can_be_searched_for(shared: Service) -> None:
    page = shared.get("/dashboard/nobody/some<b>thing").text
    assert 'name="q" value="some&lt;b&gt;thing"' in page.partition("<main")[2]
    assert links(page) == ["/dashboard", "/"]
    assert "Did you mean" not in page


def test_an_address_of_nothing_leads_to_the_projects(shared: Service) -> None:
    page = shared.get("/nothing").text
    assert links(page) == ["/dashboard", "/"]
    assert 'name="q"' not in page.partition("<main")[2]


def test_who_may_not_is_led_to_signing_in(make_service: Callable[..., Service]) -> None:
    service = make_service(admin_token="secret")
    given = {"provider": "travis", "repo": "a/b", "first_build": "1"}
    answer = service.post("/imports", data=given)
    assert answer.status_code == 401
    assert links(answer.text)[0] == "/sign-in"


def test_who_asks_too_often_is_told_when_to_come_back(service: Service) -> None:
    given = {"provider": "travis", "repo": "a/b", "first_build": "1"}
    answers = [service.post("/imports", data=given) for _ in range(12)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert f"Try again in {refused.headers['retry-after']} seconds." in refused.text


def test_a_wrong_value_is_named(shared: Service) -> None:
    answer = shared.post("/imports", data={"provider": "none", "repo": "a/b", "first_build": "1"})
    assert answer.status_code == 404
    answer = shared.post("/imports", data={"provider": "travis", "repo": "a/b", "first_build": "first"})
    assert answer.status_code in (400, 422)
    assert "First build must be a build number" in answer.text


def test_snippets_have_the_public_address_and_a_warning_while_it_is_of_this_machine(
    make_service: Callable[..., Service],
) -> None:
    public = make_service(public_url="https://trends.example/ci")
    page = public.get("/").text
    assert "- https://trends.example/ci/travis</code>" in page
    assert "(https://trends.example/ci/badge/owner/name)" in page
    warning = "is an address of this machine alone"
    assert warning not in page
    unset = make_service()
    for host in ("127.0.0.1:5000", "localhost", "[::1]:80", "0.0.0.0"):
        page = unset.get("/", headers={"Host": host}).text
        assert f"<code>http://{host}" in page
        assert warning in page
        assert "BTT_PUBLIC_URL" in page
    assert warning not in unset.get("/", headers={"Host": "trends.example"}).text
    assert warning in make_service(public_url="http://127.0.0.1:5000").get("/").text
