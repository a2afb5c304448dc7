"""Feeds of what changed: entries that readers know again, and answers that they need not fetch twice."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import orjson

from buildtimetrend.alerts.feed import Entry, feed
from tests.alerts.examples import AT, HOSTILE, hostile
from tests.alerts.outbox import repo_in, told
from tests.web.conftest import Service

Make = Callable[..., Service]
ATOM = "{http://www.w3.org/2005/Atom}"


def entries(content: bytes) -> list[ElementTree.Element]:
    return ElementTree.fromstring(content).findall(f"{ATOM}entry")


def said(entry: ElementTree.Element, name: str) -> str:
    return entry.findtext(f"{ATOM}{name}") or ""


def test_an_entry_is_a_finding_and_stays_it_when_its_alert_changes(make_service: Make) -> None:
    service = make_service(public_url="https://trends.example")
    repo = repo_in(service.store)
    told(service.store, repo, "f1", "opened")
    told(service.store, repo, "f2", "opened")
    first = service.get("/findings/ann/tool.atom")
    assert first.headers["content-type"].startswith("application/atom+xml")
    assert "ann/tool: Step f1 takes 9 s longer." in {said(one, "title")[2:] for one in entries(first.content)}
    told(service.store, repo, "f1", "fixed", number=2, at=service.store.clock.now())
    after = service.get("/findings.atom")
    assert {said(one, "id") for one in entries(after.content)} == {
        said(one, "id") for one in entries(first.content)
    }
    newest = entries(after.content)[0]
    assert newest.find(f"{ATOM}link").attrib["href"] == "https://trends.example/findings/ann/tool/f1"  # type: ignore[union-attr]
    assert "It is not over." in said(newest, "content")


def test_a_reader_that_has_it_gets_no_feed_again(make_service: Make) -> None:
    service = make_service()
    repo = repo_in(service.store)
    told(service.store, repo, "f1", "opened")
    first = service.get("/findings.atom")
    assert "max-age=" in first.headers["cache-control"]
    tag, date = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"If-None-Match": f'"x", W/{tag}'}, {"If-Modified-Since": date}):
        again = service.client.get("/findings.atom", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    told(service.store, repo, "f2", "opened")
    assert service.client.get("/findings.atom", headers={"If-None-Match": tag}).status_code == 200
    assert service.client.get("/findings.atom", headers={"If-Modified-Since": "soon"}).status_code == 200


def test_muted_findings_and_repos_that_may_not_be_shown_are_left_out(make_service: Make) -> None:
    service = make_service(denied_repo=("ann/",))
    repo = repo_in(service.store)
    told(service.store, repo, "f1", "opened")
    assert not entries(service.get("/findings.atom").content)
    assert service.get("/findings/ann/tool.atom").status_code == 404
    open_one = make_service()
    repo = repo_in(open_one.store)
    told(open_one.store, repo, "f1", "opened")
    told(open_one.store, repo, "f1", "muted", number=2)
    assert not entries(open_one.get("/findings.atom").content)


def test_what_strangers_write_is_text(make_service: Make) -> None:
    content = feed([Entry(hostile(), AT)], title=HOSTILE.split("\n")[0], url="https://x/f", page="https://x/")
    [one] = entries(content)
    assert "<script>alert(1)</script>" in said(one, "title")
    assert one.find(f"{ATOM}content").attrib == {"type": "text"}  # type: ignore[union-attr]
    assert orjson.dumps(said(one, "content"))
