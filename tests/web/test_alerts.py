"""Findings that are kept have a page and a life: by the API and by forms, for who may change something."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buildtimetrend import json_text
from buildtimetrend.findings.sentences.words import day
from buildtimetrend.store import reads
from buildtimetrend.store.statements import alerts, findings
from buildtimetrend.tasks import Analyses
from buildtimetrend.text import together
from buildtimetrend.web.analysis.grades import QUIET
from buildtimetrend.web.pages.changes import elsewhere
from tests.findings.history import EVERY, Seconds, build, changed, saved, steady
from tests.web.conftest import Service, a_build

REPO = "made/slower"
API = f"/api/v1/projects/{REPO}"
JOB = ("python",)
EVIL = "<b>make</b>"
STEPS: Mapping[str, Seconds] = {EVIL: changed(90, 41, 140, JOB), "make test": steady(30)}
TOKEN = "a token of more than 16 characters"


def mail(_: str, __: Mapping[str, Any]) -> Sequence[str]:
    return ["mail"]


def looked_at(service: Service, days: int = 9) -> str:
    """A repo in which something takes longer since some days; the id of that finding."""
    begun = datetime.now(UTC) - timedelta(days=days)
    saved(service.store, REPO, STEPS, builds=60, jobs=JOB, begun=begun)
    assert Analyses(service.store, mail).once() == 1
    (found,) = service.client.get(f"{API}/findings").json()["findings"]
    assert isinstance(found["id"], str)
    return found["id"]


def change(service: Service, id: str, event: str, **more: Any) -> Any:
    return service.client.post(f"{API}/alerts/{id}", json={"event": event, **more})


def test_a_kept_finding_is_answered_with_its_life_and_what_was_sent(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    id = looked_at(service)
    found = service.client.get(f"{API}/findings").json()
    assert found["analysed_at"]
    assert found["findings"][0]["alert"] == "open"
    assert found["behind"] is False
    one = service.client.get(f"{API}/findings/{id}").json()
    assert [(each["event"], each["by"]) for each in one["life"]] == [("opened", None)]
    assert [(each["channel"], each["sent_at"]) for each in one["sent"]] == [("mail", None)]
    assert one["possible"] == ["acknowledged", "muted", "wont_fix"]
    assert [move["is_cause"] for move in one["moves"]].count(True) == 1
    (listed,) = service.client.get(f"{API}/alerts?state=open&state=muted").json()["alerts"]
    assert listed["id"] == id
    assert service.client.get(f"{API}/alerts?state=fixed").json() == {"alerts": []}
    assert service.client.get(f"{API}/alerts?state=other").status_code == 422
    assert service.client.get(f"{API}/findings/{'0' * 12}").status_code == 404


def test_what_several_projects_share_is_said_on_its_page_and_the_others_lead_to_it(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    id = looked_at(service)
    [row] = reads.kept_findings(service.store, reads.repo_id(service.store, REPO))
    said = {"image": "trusty", "projects": ["a/b", "c/d", REPO], "sentence": "Jobs on trusty take longer."}
    kept = json_text.loads(row["document"])

    def page(**more: object) -> str:
        document = json.dumps({**kept, **more})
        [was] = [each["document"] for each in reads.kept_findings(service.store, row["repo_id"])]
        assert service.store.execute([findings.put_document(id, document, was)]).result() == [1]
        assert service.client.get(f"{API}/findings/{id}").status_code == 200
        listed, one = (service.client.get(f"/findings/{REPO}{end}") for end in ("", f"/{id}"))
        assert listed.status_code == one.status_code == 200
        return str(one.text)

    speaking = page(shared=said, own_sentence="make takes 50 s longer.", sentence=said["sentence"])
    assert "Jobs on trusty take longer." in speaking
    assert f"Here: <bdi>{together('make takes 50 s longer.')}</bdi>" in speaking
    assert '<a href="/findings/c/d">c/d</a>' in speaking
    assert (
        "<p>Likely cause: a change on trusty, and no commit: several projects changed at once.</p>"
        in speaking
    )
    assert "Change 41" not in speaking.partition("Before and after")[2].partition("What to do")[0]
    assert f'<a href="/findings/a/b/{id}">' in page(part_of={"repo": "a/b", "id": id})
    assert "not run → " in page(what="new_step", before=0.0)
    took = {"before": 60.0, "after": 90.0, "wall_before": 60.0}
    assert "In each job" in page(**took, wall_after=95.0)
    assert "In each job" not in page(**took, wall_after=90.0)


def test_people_acknowledge_mute_accept_and_open_alerts_again(make_service: Callable[..., Service]) -> None:
    service = make_service()
    id = looked_at(service)
    assert change(service, id, "acknowledged", by="Ann", why="I look at it").json()["alert"] == "acknowledged"
    assert change(service, id, "muted").json()["alert"] == "muted"
    assert change(service, id, "reopened").json()["alert"] == "open"
    done = change(service, id, "wont_fix", why="more tests").json()
    assert [(each["number"], each["event"], each["by"], each["why"]) for each in done["life"][1:]] == [
        (2, "acknowledged", "Ann", "I look at it"),
        (3, "muted", "the API", None),
        (4, "reopened", "the API", None),
        (5, "wont_fix", "the API", "more tests"),
    ]
    assert [each["number"] for each in done["sent"]] == [1]
    refused = change(service, id, "muted")
    assert (refused.status_code, refused.json()["error"]["detail"]) == (422, "event")
    assert change(service, id, "deleted").status_code == 422
    assert change(service, "0" * 12, "muted").status_code == 404


def test_of_two_who_change_an_alert_at_once_both_are_heard(
    make_service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service()
    id = looked_at(service)
    execute = service.store.execute
    first = [alerts.Event(id, 1, 2, "muted", "muted", datetime.now(UTC), by="Ben")]

    def meanwhile(statements: Any) -> Any:
        while first:
            execute(alerts.told(first.pop())).result()
        return execute(statements)

    monkeypatch.setattr(service.store, "execute", meanwhile)
    life = change(service, id, "acknowledged", by="Ann").json()["life"]
    assert [(each["event"], each["by"]) for each in life[1:]] == [("muted", "Ben"), ("acknowledged", "Ann")]


def test_only_who_has_the_token_changes_alerts(make_service: Callable[..., Service]) -> None:
    service = make_service(admin_token=TOKEN)
    id = looked_at(service)
    assert change(service, id, "muted").status_code == 401
    form = {"event": "muted", "why": "noise", "by": "Ann"}
    assert service.client.post(f"/findings/{REPO}/{id}", data=form).status_code == 401
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    answer = service.client.post(f"{API}/alerts/{id}", json={"event": "muted"}, headers=bearer)
    assert answer.json()["alert"] == "muted"
    assert "Sign in" in service.get(f"/findings/{REPO}/{id}").text


def test_the_page_of_a_finding_says_all_of_it_and_its_form_changes_the_alert(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    id = looked_at(service)
    link = f"/findings/{REPO}/{id}"
    assert f'href="{link}"' in service.get(f"/findings/{REPO}").text
    page = service.get(link).text
    assert EVIL not in page
    assert "&lt;b&gt;make&lt;/b&gt; takes" in page
    for said in (
        "First slow build",
        "Last before it",
        "It is not over.",
        "Acknowledge",
        "#41",
        "still to be told",
    ):
        assert said in page
    form = {"event": "wont_fix", "why": "<i>so be it</i>", "by": "Ann"}
    elsewhere = service.client.post(link, data=form, headers={"Origin": "https://elsewhere.example"})
    assert elsewhere.status_code == 403
    answer = service.client.post(link, data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, link)
    page = service.get(link).text
    assert "by <bdi>Ann</bdi>: <bdi>&lt;i&gt;so be it&lt;/i&gt;</bdi>" in page
    assert "Open again" in page
    assert service.client.post(link, data={"event": "nothing"}).status_code == 400
    assert service.get(f"/findings/{REPO}/{'0' * 12}").status_code == 404


def test_the_page_of_a_finding_lists_five_builds_that_passed_on_each_side(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    page = service.get(f"/findings/{REPO}/{looked_at(service)}").text
    listed = page.split('aria-label="Builds before and since"')[1].split("</table>")[0]
    numbers = [int(number) for number in re.findall(r'<a href="/build/[^"]+">(\d+)</a>', listed)]
    (began,) = re.findall(r"First slow build</dt><dd><a [^>]+>#(\d+)", page)
    assert numbers == list(range(int(began) + 4, int(began) - 6, -1))
    minutes = re.findall(r'<td class="num">(\d)\sm', listed)
    assert minutes == ["3"] * 5 + ["2"] * 5


def test_a_finding_that_nobody_was_told_of_has_no_alert_to_change(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    id = looked_at(service, days=60)
    assert change(service, id, "muted").status_code == 422
    assert "Nobody was told about it" in service.get(f"/findings/{REPO}/{id}").text


def test_every_series_says_why_nothing_is_told_of_it(make_service: Callable[..., Service]) -> None:
    service = make_service()
    looked_at(service)
    found = service.client.get(f"{API}/series/step/why", params={"job": "python", "step": "make test"}).json()
    assert found["level"] == pytest.approx(30, abs=1)
    assert found["noise"] == pytest.approx(3, abs=2)
    assert (found["values"], found["builds_on_level"]) == (60, 60)
    assert [each["builds"] for each in found["least"]] == [5, 10, 20, 50]
    seconds = [each["seconds"] for each in found["least"]]
    assert seconds == sorted(seconds, reverse=True)
    assert found["sentence"].startswith("Its level is 30 s, of 60 builds. A change by")
    slower = service.client.get(f"{API}/series/wall/why").json()
    assert slower["builds_on_level"] == 20
    assert service.client.get(f"{API}/series/job/why?job=none").status_code == 404
    assert service.client.get(f"{API}/series/wall/why?pipeline=none").status_code == 422


def test_builds_that_came_since_a_look_are_said_to_be_still_to_be_looked_at(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    looked_at(service)
    waits = "Builds that came since are still to be looked at."
    assert waits not in service.get(f"/dashboard/{REPO}").text
    saved(service.store, REPO, STEPS, builds=61, jobs=JOB, begun=datetime.now(UTC) - timedelta(days=9))
    assert service.client.get(f"{API}/findings").json()["behind"] is True
    assert waits in service.get(f"/dashboard/{REPO}").text


def test_other_branches_than_those_that_are_watched_are_looked_at_when_asked(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    looked_at(service)
    everything = service.client.get(f"{API}/findings?branches=all").json()
    assert [row["branches"] for row in everything["findings"]] == ["all"]
    assert everything["analysed_at"] is None
    asked = service.client.get(f"{API}/findings?branches=pull_requests").json()
    assert (asked["findings"], asked["builds"]) == ([], 0)
    assert service.client.get(f"{API}/findings?branches=none").status_code == 422
    assert "No build passed here" in service.get(f"/findings/{REPO}?branches=others").text


def test_a_project_says_what_changed_without_scripts_and_its_builds_what_they_are_within(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    id = looked_at(service)
    page = service.get(f"/dashboard/{REPO}?timeframe=year").text
    strip = page[page.index('aria-label="What changed"') : page.index('data-fragment="cards"')]
    assert "<strong>1 finding is open</strong>. Nothing else changed in 60 passed builds since " in strip
    assert f'href="/findings/{REPO}/{id}"' in strip
    assert "It is not over." in strip
    assert f'Latest build</span> <a href="/build/travis/{REPO}/60' in strip
    assert "noscript" not in strip
    assert strip.count('class="sparkline around slower"') == 1
    form = f'<form method="post" action="/findings/{REPO}/{id}"><input type="hidden" name="then"'
    assert form in strip
    for then, back in (("overview", "/dashboard"), ("project", f"/dashboard/{REPO}"), ("elsewhere", "")):
        event = "reopened" if then == "project" else "acknowledged"
        sent = {"event": event, "then": then}
        answer = service.client.post(f"/findings/{REPO}/{id}", data=sent, follow_redirects=False)
        assert answer.headers["location"] == (back or f"/findings/{REPO}/{id}")
    assert form not in service.get(f"/dashboard/{REPO}?timeframe=year").text
    # With a filter it has to be looked for: that is one link away.
    filtered = service.get(f"/dashboard/{REPO}?timeframe=year&filter_build_trigger=push").text
    strip = filtered[filtered.index('aria-label="What changed"') :]
    assert (
        f'<noscript><p class="nothing"><a href="/findings/{REPO}?filter_build_trigger=push">' in strip[:400]
    )
    before, within = (service.get(f"/build/travis/{REPO}/{number}").text for number in (40, 41))
    assert id not in before
    assert 'aria-label="Changes that this build has"' in within
    assert f"/findings/{REPO}/{id}" in within
    # The finding is of the same cause, and says whether it is over.
    assert within.count("It is not over today.") == 1
    assert "It went on" not in within


def test_a_slowdown_that_most_of_the_builds_before_have_is_in_what_is_usual(
    make_service: Callable[..., Service],
) -> None:
    """Build 41 is the first one; a build is held against 20."""
    service = make_service()
    looked_at(service)
    said = "Most builds that it is compared with have the slowdown below."
    pages = {number: service.get(f"/build/travis/{REPO}/{number}").text for number in (45, 50, 53, 60)}
    assert [number for number, page in pages.items() if said in page] == [53, 60]
    assert all('aria-label="Changes that this build has"' in page for page in pages.values())


def test_what_is_open_in_other_pipelines_is_told_beside_the_chosen_one_s() -> None:
    def one(id: str, *, worse: bool = True, over: str | None = None) -> dict[str, Any]:
        return {"id": id, "worse": worse, "over_since": over, "jobs": [], "what": "step", "step": "make"}

    everything = {"findings": [one("own"), one("open"), one("better", worse=False), one("next")]}
    assert [each["id"] for each in elsewhere(everything, {"findings": [one("own")]})] == ["open", "next"]
    led = one("own") | {"part_of": {"id": "next"}}
    assert [each["id"] for each in elsewhere(everything, {"findings": [led]})] == ["open"]
    assert elsewhere(everything, None) == []
    assert elsewhere(None, {"findings": []}) == []


def test_what_is_open_in_another_pipeline_stands_before_the_latest_build_by_its_name(
    make_service: Callable[..., Service],
) -> None:
    """The pipeline that takes most time is shown, in which nothing changed."""
    service, begun = make_service(), datetime.now(UTC) - timedelta(days=9)
    for name, steps in (("Docs", STEPS), ("Tests", {"make test": steady(900)})):
        for number in range(1, 61):
            made = build(REPO, number, begun + number * EVERY, steps, waiting=20.0, jobs=JOB)
            jobs = tuple(replace(job, id=f"{name}-{job.id}") for job in made.jobs)
            one = replace(made, pipeline=f"{name}.yml", pipeline_name=name, id=f"{name}-{number}", jobs=jobs)
            service.store.save(one).result()
    assert Analyses(service.store, mail).once() >= 1
    shown = service.client.get(f"/dashboard/{REPO}?timeframe=year", follow_redirects=True).text
    page = " ".join(re.sub(r"<[^>]+>", " ", shown).split())
    order = ("Nothing changed", "Open in other pipelines: Docs ▲ &lt;b", "Latest build of Tests")
    places = [page.index(said) for said in order]
    assert places == sorted(places)


def test_of_a_project_without_a_build_for_long_it_is_said_how_it_was_with_the_last_one(
    make_service: Callable[..., Service],
) -> None:
    """Long is what a project is called quiet after: today nobody knows whether it is over."""
    service = make_service()
    id = looked_at(service, days=8 + QUIET.days)
    last = service.client.get(f"/api/v1/projects/{REPO}/builds?timeframe=year").json()["builds"][0]
    ended = day(datetime.fromisoformat(last["finished_at"]))
    said = f"It was not over with the last build, on {ended}."
    for path in (f"/build/travis/{REPO}/50", f"/dashboard/{REPO}?timeframe=year", f"/findings/{REPO}"):
        page = service.get(path).text
        assert page.count(said) == 1, path
        assert "It is not over" not in page, path
    assert said in service.get(f"/findings/{REPO}/{id}").text


def test_a_colour_of_all_branches_says_so_beside_what_is_told_of_the_default_one(
    make_service: Callable[..., Service],
) -> None:
    """Builds of the default branch take as long as ever, those of others half as long again."""
    service = make_service()
    for number in range(40):
        for month, others in ((0, 150.0), (1, 100.0)):
            ago = timedelta(days=30 * month, hours=17 * number + 1)
            service.tasks.land(
                a_build(2000 - 1000 * month - 2 * number, seconds=100.0, ago=ago, branch="main")
            )
            service.tasks.land(
                a_build(2001 - 1000 * month - 2 * number, seconds=others, ago=ago, branch="new")
            )
    assert Analyses(service.store, mail).once() == 1
    page = service.get("/dashboard/owner/name?timeframe=month").text
    assert "Nothing changed in 80 passed builds since " in page
    assert ", on the default branch." in page
    card = page.partition('data-figure="median_wall"')[2].partition("</div>")[0]
    said = " ".join(re.sub("<[^>]+>", "", card).split())
    assert said.endswith(
        "▲ +25 % against the 30 days before, on all branches; on main ±0 %, may be chance"
    ), said
    alone = service.get("/dashboard/owner/name?timeframe=month&filter_branch=new").text
    assert "on all branches" not in alone


def test_the_table_of_steps_has_what_changed_of_each_and_is_not_over(
    make_service: Callable[..., Service],
) -> None:
    service = make_service()
    id = looked_at(service)
    page = service.get(f"/steps/{REPO}?timeframe=year").text
    table = page.partition('aria-label="Steps"')[2].partition("</table>")[0]
    made, other = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.S)
    assert re.search(r'<span class="delta slower">▲ \+\d\d\ss</span> <small>since <a', made)
    assert f'<a href="/findings/{REPO}/{id}">#41</a>' in made
    assert "since" not in other
