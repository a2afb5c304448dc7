"""`/channels`: how the channels of the settings are, and a test of each."""

from __future__ import annotations

from collections.abc import Callable

from buildtimetrend.alerts.base import Section
from buildtimetrend.alerts.channels.mail import MailSettings
from buildtimetrend.alerts.hook_channel import HookSettings
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.store.statements import notifications
from tests.alerts.conftest import receiver
from tests.providers.server import Reply, Server
from tests.web.conftest import NOW, Service, a_build

__all__ = ["receiver"]

Make = Callable[..., Service]
TOKEN = "a-long-token-of-a-test"


def team(url: str) -> tuple[Section, ...]:
    return (
        Section("team", "slack", HookSettings(url=f"{url}/services/s3cret-path"), Rules()),
        Section("leads", "mail", MailSettings(host="mail.example", sender="a@b", to=("c@d",)), Rules()),
    )


def switched_off(service: Service, reason: str) -> None:
    service.store.execute([notifications.switched_off("team", NOW, reason, "")]).result()


def test_a_test_that_works_switches_the_channel_on(make_service: Make, receiver: Server) -> None:
    receiver.otherwise = Reply(b"ok")
    service = make_service(alerts=team(receiver.url))
    switched_off(service, "Slack answered 404: <b>no</b>.")
    shown = service.get("/channels").text
    assert "Slack answered 404: &lt;b&gt;no&lt;/b&gt;." in shown
    assert 'buildtimetrend_channel_off{channel="team"} 1.0' in service.get("/metrics").text
    answer = service.client.post("/channels/team/test")
    assert "Slack took the message: 200: ok." in answer.text
    assert b"by the channel team" in receiver.asked[0].body
    [of_team, of_leads] = service.get("/api/v1/channels").json()["channels"]
    assert (of_team["name"], of_team["off_since"], of_team["reason"]) == ("team", None, None)
    assert (of_leads["name"], of_leads["kind"], of_leads["waiting"]) == ("leads", "mail", 0)
    assert 'buildtimetrend_channel_off{channel="team"} 0.0' in service.get("/metrics").text


def test_one_that_fails_says_why_and_no_secret(make_service: Make, receiver: Server) -> None:
    receiver.otherwise = lambda asked: Reply(f"unknown {asked.path}".encode(), 404)
    service = make_service(alerts=team(receiver.url))
    switched_off(service, "gone")
    answer = service.client.post("/api/v1/channels/team/test").json()
    assert answer["works"] is False
    assert "Slack at 127.0.0.1 answered 404: unknown " in answer["said"]
    assert "s3cret" not in answer["said"]
    assert notifications.states(service.store, ["team"])["team"].reason == "gone"


def test_a_channel_that_there_is_not_is_told(make_service: Make) -> None:
    answer = make_service(alerts=team("http://127.0.0.1:1")).client.post("/api/v1/channels/none/test")
    assert answer.status_code == 404
    assert "Known: team, leads" in answer.json()["error"]["message"]


def test_with_an_admin_token_strangers_neither_see_nor_try_channels(
    make_service: Make, receiver: Server
) -> None:
    service = make_service(alerts=team(receiver.url), admin_token=TOKEN)
    switched_off(service, "gone")
    service.tasks.land(a_build(1))
    assert "team" not in service.get("/channels").text
    of_repo = service.get("/budgets/owner/name").text
    assert "Sign in</a> to see it" in of_repo
    assert not [name for name in ("team", "leads") if name in of_repo]
    assert service.get("/api/v1/channels").status_code == 401
    assert service.client.post("/api/v1/channels/team/test").status_code == 401
    assert service.client.post("/channels/team/test").status_code == 401
    assert not receiver.asked
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert service.client.get("/api/v1/channels", headers=headers).json()["channels"][0]["reason"] == "gone"


def test_a_form_of_another_site_sends_nothing(make_service: Make, receiver: Server) -> None:
    service = make_service(alerts=team(receiver.url))
    answer = service.client.post("/channels/team/test", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert not receiver.asked


def test_without_channels_the_page_says_how_to_name_some(make_service: Make) -> None:
    service = make_service()
    assert "There are none" in service.get("/channels").text
    assert service.get("/api/v1/channels").json() == {"channels": []}
