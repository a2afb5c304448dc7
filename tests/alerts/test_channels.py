"""What each channel that speaks HTTP sends, to a real server, and what it makes of the answer."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from buildtimetrend.alerts.base import BadMessage, Channel, Section
from buildtimetrend.alerts.channels import CHANNELS, channel_class, open_channel
from buildtimetrend.alerts.http import Http
from buildtimetrend.alerts.message import Message, digest, trial
from buildtimetrend.alerts.rules import Rules
from buildtimetrend.alerts.words import APART
from buildtimetrend.errors import PermanentError, TemporaryError
from tests.alerts.examples import AT, BASE, each_kind, hostile, told
from tests.providers.server import Reply, Server

KEYS = ["whsec_" + base64.b64encode(bytes([number] * 32)).decode() for number in (1, 2)]
PATH = "/hooks/s3cret-path"
CHATS = ("slack", "mattermost", "teams", "discord")
OVER_HTTP = [kind for kind in CHANNELS if kind != "mail" and channel_class(kind).about == "findings"]
NOW = AT + timedelta(minutes=1)


def opened(kind: str, url: str, **more: str) -> Channel:
    needed: dict[str, dict[str, str]] = {
        "webhook": {"url": url + PATH, "secret": KEYS[0]},
        "matrix": {"url": url, "room": "!a/b:example.org", "token": "s3cret-token"},
        "alertmanager": {"url": url, "token": "s3cret-token"},
    }
    values = channel_class(kind).settings(**needed.get(kind, {"url": url + PATH}), **more)
    return open_channel(Section("it", kind, values, Rules()))


def sent(kind: str, receiver: Server, message: Message, **more: str) -> Any:
    """The document that arrives."""
    channel = opened(kind, receiver.url, **more)
    try:
        assert channel.send(message, NOW) == "200: ok"
    finally:
        channel.close()
    return json.loads(receiver.asked[-1].body)


def verified(headers: Mapping[str, str], body: bytes, key: str) -> bool:
    """As a receiver of Standard Webhooks does it."""
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    expected = hmac.new(base64.b64decode(key.removeprefix("whsec_")), signed, "sha256").digest()
    given = headers["webhook-signature"].split(" ")
    return f"v1,{base64.b64encode(expected).decode()}" in given


@pytest.mark.parametrize("kind", OVER_HTTP)
def test_a_message_arrives_with_its_sentence_and_its_link(kind: str, receiver: Server) -> None:
    sent(kind, receiver, told())
    said = json.dumps(json.loads(receiver.asked[0].body), ensure_ascii=False).replace("\\\\", "")
    for text in (
        "make test takes 1 m 1 s longer (+34 %)",
        "It is not over.",
        f"{BASE}/findings/owner/repo/f1",
    ):
        assert text in said


@pytest.mark.parametrize("kind", OVER_HTTP)
def test_every_kind_of_finding_arrives_with_what_it_says(kind: str, receiver: Server) -> None:
    kinds = each_kind()
    for message in kinds.values():
        said = json.dumps(sent(kind, receiver, message), ensure_ascii=False).replace("\\\\", "")
        assert all(line in said for line in (message.title, *message.lines[:2])), message.title
    assert "It takes 40 s, a build 6 m 13 s instead of 5 m 12 s." in kinds["new_step"].lines
    assert "It took 40 s." in kinds["gone_step"].lines
    assert "Here: make takes 40 s longer." in kinds["image"].lines


@pytest.mark.parametrize("kind", OVER_HTTP)
def test_what_strangers_write_is_text_and_calls_nobody(kind: str, receiver: Server) -> None:
    document = sent(kind, receiver, hostile())
    texts = list(
        _texts(document if kind != "webhook" else [document["data"]["title"], document["data"]["text"]])
    )
    assert all(text.replace("\n", "").isprintable() for text in (each.replace(APART, "") for each in texts))
    if kind == "slack":
        assert not [text for text in _marked_up(document) if re.search(r"<(?![^<>|]*\|The commits>)", text)]
    if kind == "matrix":
        assert document["m.mentions"] == {}
        assert "<script" not in document["formatted_body"]
        assert "@room" not in document["formatted_body"] + document["body"]
    if kind == "teams":
        assert not [
            block for block in document["attachments"][0]["content"]["body"] if block["type"] == "TextBlock"
        ]
    if kind == "discord":
        assert document["allowed_mentions"] == {"parse": []}
    if kind in ("mattermost", "discord"):
        [one] = document.get("attachments", document.get("embeds"))
        shown = f"{one['title']}\n{one.get('text') or one['description']}"
        rest = re.sub(r"\[The commits\]\(https://code\.example/[^()\s]*\)", "", shown)
        assert not re.search(r"(?<!\\)[*_`~|<>\[\]]", re.sub(r"\\.", "", rest))
        assert not re.search(r"@(everyone|here|room|all|channel)", rest)


def _texts(document: object) -> list[str]:
    if isinstance(document, str):
        return [document]
    children = (
        document.values() if isinstance(document, dict) else document if isinstance(document, list) else []
    )
    return [text for child in children for text in _texts(child)]


def _marked_up(document: dict[str, Any]) -> list[str]:
    """What Slack reads as its own markup: all that is not `plain_text`."""
    found = [document["text"]]
    for block in document["blocks"]:
        found += [
            part["text"]
            for part in [block.get("text"), *block.get("elements", ())]
            if part and part["type"] == "mrkdwn"
        ]
    return found


@pytest.mark.parametrize("kind", [kind for kind in OVER_HTTP if channel_class(kind).digests])
def test_a_digest_is_one_message_that_names_each_change(kind: str, receiver: Server) -> None:
    several = [told(id=str(number), sentence=f"Step {number} takes 9 s longer.") for number in range(40)]
    sent(kind, receiver, digest(several, BASE))
    said = receiver.asked[0].body.decode().replace("\\\\", "")
    for text in ("40 changes", "Step 0 takes 9 s longer.", "Step 9 takes 9 s longer."):
        assert text in said
    assert kind == "webhook" or len(receiver.asked[0].body) < 28_000  # what Teams takes


@pytest.mark.parametrize(
    ("reply", "kind_of_error", "retry_after"),
    [
        (Reply({}, 429, {"Retry-After": "7"}), TemporaryError, 7.0),
        (Reply({"retry_after": 2.5}, 429), TemporaryError, 2.5),
        (Reply({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, 429), TemporaryError, 1.5),
        (Reply(b"\xff[[[", 503), TemporaryError, None),
        (Reply(b"", 302, {"Location": "http://127.0.0.1:1/sign-in"}), TemporaryError, None),
        (Reply(b"", 308, {"Location": "http://127.0.0.1:1/"}), PermanentError, None),
        (Reply(b"", 401), PermanentError, None),
        (Reply(b"", 410), PermanentError, None),
        (Reply({"message": "no"}, 400), BadMessage, None),
        (Reply(b"x" * 100_000, 413), BadMessage, None),
        (Reply(b"", 200, {"Content-Length": "x"}, length=100), TemporaryError, None),
    ],
)
def test_a_refusal_says_whether_another_try_or_another_message_may_work_and_no_secret(
    reply: Reply, kind_of_error: type[Exception], retry_after: float | None, receiver: Server
) -> None:
    """All channels ask by the same means."""
    receiver.otherwise = reply
    channel = opened("slack", receiver.url)
    with pytest.raises((TemporaryError, PermanentError)) as refused:
        channel.send(told(), NOW)
    channel.close()
    assert type(refused.value) is kind_of_error
    assert refused.value.retry_after == retry_after
    assert "127.0.0.1" in refused.value.message
    assert "s3cret" not in refused.value.message
    assert len(refused.value.message) < 400
    assert len(receiver.asked) == 1  # nothing is followed


@pytest.mark.parametrize("kind", OVER_HTTP)
def test_an_answer_that_repeats_what_is_secret_is_told_without_it(kind: str, receiver: Server) -> None:
    receiver.otherwise = lambda asked: Reply(
        f"no {asked.path} {asked.path.rpartition('/')[2]} {asked.headers.get('authorization')}".encode(), 404
    )
    channel = opened(kind, receiver.url)
    with pytest.raises(PermanentError, match="404: no ") as refused:
        channel.send(told(), NOW)
    channel.close()
    assert "s3cret" not in refused.value.message


def test_who_is_away_may_be_back_later() -> None:
    channel = opened("slack", "http://127.0.0.1:1")
    with pytest.raises(TemporaryError, match=r"Slack at 127\.0\.0\.1 could not be reached"):
        channel.send(told(), NOW)
    channel.close()


def test_a_webhook_is_signed_as_standard_webhooks_are_with_each_key(receiver: Server) -> None:
    document = sent("webhook", receiver, told(), old_secret=KEYS[1])
    [asked] = receiver.asked
    assert asked.headers["webhook-id"] == told().id
    assert asked.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert [verified(asked.headers, asked.body, key) for key in KEYS] == [True, True]
    assert not verified(asked.headers, asked.body + b" ", KEYS[0])
    assert (document["type"], document["timestamp"]) == ("finding.opened", "2026-11-25T14:05:00+00:00")
    assert document["data"]["finding"]["since"]["number"] == "432"


def test_matrix_takes_an_event_once_by_its_transaction(receiver: Server) -> None:
    sent("matrix", receiver, told())
    [asked] = receiver.asked
    assert unquote(asked.path) == (
        f"/_matrix/client/v3/rooms/!a/b:example.org/send/m.room.message/{told().id}"
    )
    assert "/rooms/%21a%2Fb%3Aexample.org/" in asked.path
    assert asked.headers["authorization"] == "Bearer s3cret-token"


def test_alertmanager_is_told_of_one_alert_by_all_events_of_a_finding(receiver: Server) -> None:
    [fires] = sent("alertmanager", receiver, told())
    [ends] = sent("alertmanager", receiver, replace(told("fixed"), at=NOW))
    assert fires["labels"] == ends["labels"]
    assert fires["labels"]["alertname"] == "BuildtimeTrendFinding"
    assert fires["endsAt"] > NOW.isoformat() == ends["endsAt"]
    assert receiver.asked[0].path == "/api/v2/alerts"
    assert channel_class("alertmanager").repeats


def test_a_test_says_by_which_channel_it_came(receiver: Server) -> None:
    document = sent("webhook", receiver, trial("team", NOW, BASE))
    assert document["type"] == "test"
    assert "by the channel team" in document["data"]["text"][0]


def test_of_what_is_answered_secrets_are_masked_and_words_are_not(receiver: Server) -> None:
    receiver.otherwise = Reply(b"a bad token: s3cret-and-more", 404)
    http = Http("Hook", ("a", "s3cret", "s3cret-and-more"))
    with pytest.raises(PermanentError, match=r"404: a bad token: \*{8}\.$"):
        http.post(receiver.url, {})
    http.close()
