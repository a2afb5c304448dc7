"""Rules of a project's alerts are set on its page and by the API, by who may; and hold from then on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels.alertmanager import AlertmanagerSettings
from buildtimetrend.alerts.channels.github import GitHubSettings
from buildtimetrend.alerts.channels.slack import Slack
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.bootstrap import told_by
from tests.web.conftest import Service, a_build

TOKEN = "a token of more than 16 characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OURS = {"Origin": "http://testserver"}
CHANNELS = (
    Section(
        "team",
        "slack",
        Slack.settings(url="https://hooks.example/x"),
        Rules(kinds=("duration",), quiet="22-7"),
    ),
    Section("other", "slack", Slack.settings(url="https://hooks.example/y"), Rules(repos=("other/",))),
    Section("am", "alertmanager", AlertmanagerSettings(url="https://am.example"), Rules()),
    Section("pulls", "github", GitHubSettings(token="t"), Rules(least_seconds=5), "pull requests"),
)
FLAKY: dict[str, Any] = {
    "what": "flaky",
    "pipeline": "",
    "before": None,
    "after": 40.0,
    "worse": True,
    "change": None,
}


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    service = make_service(admin_token=TOKEN, alerts=CHANNELS)
    service.tasks.land(a_build(1))
    return service


def repo_of(service: Service) -> str:
    return a_build(1).repo


def rules(service: Service) -> dict[str, Any]:
    found = service.get(f"/api/v1/projects/{repo_of(service)}/rules", headers=BEARER)
    assert found.status_code == 200
    return {channel["name"]: channel for channel in found.json()["channels"]}


def put(service: Service, channel: str, headers: dict[str, str] = BEARER, **body: Any) -> Any:
    return service.client.put(
        f"/api/v1/projects/{repo_of(service)}/rules/{channel}", json=body, headers=headers
    )


def fields_of(page: str, channel: str) -> dict[str, str]:
    """What a browser sends of the form as it stands."""
    section = page.split(f'id="rules-{channel}"')[1].split("</form>", maxsplit=1)[0]
    found = dict(
        re.findall(
            r'<input (?:type="(?:number|hidden)" )?(?:id="[^"]*" )?name="([^"]*)"[^>]* value="([^"]*)"',
            section,
        )
    )
    found |= dict.fromkeys(
        re.findall(r'<input type="checkbox" (?:id="[^"]*" )?name="([^"]*)" checked', section), "on"
    )
    found |= dict(
        re.findall(r'<select id="[^"]*" name="([^"]*)">.*?<option selected>(.*?)</option>', section)
    )
    return found | dict(
        re.findall(r'<textarea id="[^"]*" name="([^"]*)" rows="2">(.*?)</textarea>', section, re.DOTALL)
    )


def post(service: Service, channel: str, fields: dict[str, str], headers: dict[str, str] = OURS) -> Any:
    return service.post(f"/budgets/{repo_of(service)}/rules/{channel}", data=fields, headers=headers)


def signed_in(service: Service) -> Service:
    assert service.post("/sign-in", data={"token": TOKEN}, headers=OURS).status_code == 303
    return service


def hear(service: Service, finding: dict[str, Any]) -> list[str]:
    return [*told_by(service.settings, service.store)(repo_of(service), finding)]


def test_what_is_set_for_a_project_takes_the_place_of_the_settings_until_it_is_taken_back(
    service: Service,
) -> None:
    assert hear(service, FLAKY) == ["am"]
    assert (
        put(service, "team", rules={"kinds": ["flaky"], "zone": "Asia/Kolkata", "quiet": "22-7"}).status_code
        == 200
    )
    assert (
        put(service, "other", rules={"hears": True, "least_seconds": 3}, by="ann", why="on duty").status_code
        == 200
    )
    assert put(service, "am", rules={"hears": False}).status_code == 200
    assert hear(service, FLAKY) == ["team", "other"]
    found = rules(service)
    assert found["team"]["own"] == {"kinds": ["flaky"], "zone": "Asia/Kolkata"}  # quiet is as in the settings
    assert (found["team"]["rules"]["quiet"], found["team"]["settings"]["kinds"]) == ("22-7", ["duration"])
    assert (found["other"]["hears"], found["other"]["settings"]["hears"]) == (True, False)
    [change] = found["other"]["changes"]
    assert (change["number"], change["by"], change["why"]) == (1, "ann", "on duty")
    assert put(service, "am", rules={}).status_code == 200
    assert rules(service)["am"]["own"] == {}
    assert len(rules(service)["am"]["changes"]) == 2
    assert hear(service, FLAKY) == ["team", "other", "am"]


@pytest.mark.parametrize(
    ("channel", "given", "said"),
    [
        ("team", {"kind": ["flaky"]}, "kind is not a rule of slack"),
        ("team", {"repos": ["x"]}, "repos is not a rule of slack"),
        ("team", {"kinds": ["odd"]}, "kinds: "),
        ("team", {"least_seconds": -1}, "least_seconds: -1 is not allowed"),
        ("team", {"zone": "Mars/Base"}, "must be a time zone"),
        ("team", {"hours": "22-7"}, "leave no time"),
        ("am", {"digest": "daily"}, "digest is not a rule of alertmanager"),
        ("pulls", {"kinds": ["flaky"]}, "kinds is not a rule of github"),
    ],
)
def test_what_is_not_allowed_is_refused_by_its_name(
    service: Service, channel: str, given: dict[str, Any], said: str
) -> None:
    refused = put(service, channel, rules=given)
    assert refused.status_code == 422
    assert said in refused.json()["error"]["message"]
    assert rules(service)[channel]["changes"] == []


def test_rules_are_for_who_has_the_token(service: Service) -> None:
    path = f"/api/v1/projects/{repo_of(service)}/rules"
    assert service.get(path).status_code == 401
    assert put(service, "team", {}, rules={}).status_code == 401
    assert post(service, "team", {"after": "0"}).status_code == 401
    assert "rules-team" not in service.get(f"/budgets/{repo_of(service)}").text
    assert put(service, "nobody", rules={}).status_code == 404
    signed_in(service)
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert post(service, "team", {"after": "0"}, elsewhere).status_code == 403
    assert post(service, "team", {"after": "x"}).status_code == 400
    assert post(service, "team", {"after": "0", "why": "x" * 1001}).status_code == 400


def test_the_form_of_the_page_changes_what_was_changed_and_nothing_else(service: Service) -> None:
    page = signed_in(service).get(f"/budgets/{repo_of(service)}").text
    fields = fields_of(page, "team")
    assert post(service, "team", fields).status_code == 303
    assert rules(service)["team"]["own"] == {}
    assert post(service, "team", fields).status_code == 422  # made before that change
    fields |= {
        "after": "1",
        "kinds:flaky": "on",
        "pipelines": "nightly\r\n<b>all, of it</b>\r\n",
        "least_percent": "12.5",
    }
    del fields["hears"]
    answer = post(service, "team", fields | {"by": "<i>ann</i>"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/budgets/{repo_of(service)}#rules-team",
    )
    own = {
        "hears": False,
        "kinds": ["duration", "flaky"],
        "pipelines": ["nightly", "<b>all, of it</b>"],
        "least_percent": 12.5,
    }
    assert rules(service)["team"]["own"] == own
    page = service.get(f"/budgets/{repo_of(service)}").text
    assert "It hears nothing of this project." in page
    assert "&lt;i&gt;ann&lt;/i&gt;" in page
    assert "<i>ann" not in page
    assert "<b>all" not in page
    assert fields_of(page, "team")["least_percent"] == "12.5"
    assert post(service, "team", {"after": "2", "as_in_settings": "1"}).status_code == 303
    assert rules(service)["team"]["own"] == {}


def test_a_rule_that_is_no_longer_allowed_is_left_out_and_the_others_hold(service: Service) -> None:
    assert put(service, "team", rules={"kinds": ["flaky"], "zone": "Asia/Kolkata"}).status_code == 200
    service.store.execute(
        [("UPDATE alert_rules SET rules = $rules", {"rules": '{"kinds": ["flaky"], "zone": "Gone/Gone"}'})]
    ).result()
    assert hear(service, FLAKY) == ["team", "am"]
