"""Notifications: who may send them, and what they say."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from hashlib import sha256

import pytest

from buildtimetrend.errors import BadRequest, Invalid, TemporaryError, Unauthorized
from buildtimetrend.model import BuildRef
from buildtimetrend.providers.base import Received
from buildtimetrend.providers.travis import Travis, signature
from tests.e2e.dripping import dripping
from tests.providers import signing
from tests.providers.conftest import QUICK, Opener
from tests.providers.server import Reply, Server
from tests.providers.signing import FORM_TYPE, FORMS, encoded, form, payload, signed

pytestmark = pytest.mark.races

SLUG = "malditogeek/hook"


def hash_of(slug: str, token: str = "account-token") -> str:
    return sha256(f"{slug}{token}".encode()).hexdigest()


def told(travis: Travis, headers: Mapping[str, str], body: bytes) -> BuildRef:
    ref = travis.receive(Received(headers, body)).ref
    assert ref is not None
    return ref


@pytest.mark.parametrize(
    ("name", "repo", "build", "number", "state", "finished"),
    [
        ("broken", SLUG, "17285034", "58", "Broken", True),
        ("fixed", SLUG, "17283626", "55", "Fixed", True),
        ("passed", SLUG, "17283925", "56", "Passed", True),
        ("pending", SLUG, "17278860", "54", "Pending", False),
        ("private", "PrivCorp/privapp", "3369478", "28", "Passed", True),
        ("pull_request_errored", "norio-nomura/Base32", "51210353", "42", "errored", True),
        ("pull_request_passed", "trevorah/test-repo", "22946111", "6", "Passed", True),
        ("still_failing", SLUG, "17278860", "54", "Still Failing", True),
    ],
)
def test_a_signed_notification_names_its_build(
    server: Server, travis: Travis, name: str, repo: str, build: str, number: str, state: str, finished: bool
) -> None:
    server.routes["/config"] = signing.config()
    hook = travis.receive(Received(signed(form(name)), form(name)))
    assert hook.ref == BuildRef("travis", server.url, repo, id=build, number=number)
    assert (hook.state, hook.finished) == (state, finished)


def test_every_recorded_notification_is_covered_above() -> None:
    assert len(list(FORMS.glob("*.form"))) == 8


@pytest.mark.parametrize(
    ("state", "finished"),
    [
        ("created", False),
        ("received", False),
        ("queued", False),
        ("started", False),
        ("passed", True),
        ("failed", True),
        ("errored", True),
        ("canceled", True),
        ("something new", False),
    ],
)
def test_the_state_of_new_payloads_says_whether_the_build_has_ended(
    server: Server, travis: Travis, state: str, finished: bool
) -> None:
    server.routes["/config"] = signing.config()
    body = encoded({**payload("pull_request_errored"), "state": state})
    assert travis.receive(Received(signed(body), body)).finished is finished


@pytest.mark.parametrize(
    "content_type", ["", FORM_TYPE.upper(), f"{FORM_TYPE}; charset=UTF-8", f"{FORM_TYPE};x"]
)
def test_the_content_type_may_have_parameters_or_be_absent(
    server: Server, travis: Travis, content_type: str
) -> None:
    server.routes["/config"] = signing.config()
    headers = {**signed(form("passed")), "content-type": content_type}
    assert travis.receive(Received(headers, form("passed"))).finished


def test_the_signature_covers_the_decoded_payload_whatever_surrounds_it(
    server: Server, travis: Travis
) -> None:
    server.routes["/config"] = signing.config()
    text = payload()
    text["message"] = "Füße 100 % + a&b=c\n"
    lower = encoded(text).replace(b"%3A", b"%3a").replace(b"%C3%BC", b"%c3%bc")
    headers = signed(encoded(text))
    assert travis.receive(Received(headers, b"token=1&" + lower + b"&end")).finished


@pytest.mark.parametrize(
    ("content_type", "body", "error", "field"),
    [
        ("application/json", b"{}", BadRequest, "content-type"),
        ("multipart/form-data; boundary=x", b"--x", BadRequest, "content-type"),
        (FORM_TYPE, b"", Invalid, "payload"),
        (FORM_TYPE, b"pay=1&load={}", Invalid, "payload"),
        (FORM_TYPE, b"payload", Invalid, "payload"),
        (FORM_TYPE, b"payload=", Invalid, "payload"),
        (FORM_TYPE, b"payload={}&payload={}", BadRequest, "payload"),
        (FORM_TYPE, b"payload=%7B%2", Invalid, "payload"),
        (FORM_TYPE, b"payload=%zz", Invalid, "payload"),
        (FORM_TYPE, b"payload=%%22", Invalid, "payload"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_before_anything_else(
    travis: Travis, server: Server, content_type: str, body: bytes, error: type[BadRequest], field: str
) -> None:
    with pytest.raises(error) as caught:
        travis.receive(Received({"content-type": content_type, "signature": "QUJD"}, body))
    assert type(caught.value) is error
    assert caught.value.detail == field
    assert server.asked == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"payload=null", "(top)"),
        (b"payload=[]", "(top)"),
        (b"payload=%7B", "payload"),
        (b"payload=NaN", "payload"),
        (b"payload=%22%FF%22", "(top)"),
        (b"payload=" + b"[" * 100_000, "payload"),
        (b'payload={"a":' + b'{"a":' * 100_000, "payload"),
    ],
)
def test_a_payload_that_is_no_object_is_invalid(opened: Opener, body: bytes, field: str) -> None:
    travis = opened(travis_verify=False)
    with pytest.raises(Invalid) as caught:
        travis.receive(Received({}, body))
    assert caught.value.detail == field
    assert "(top)" not in caught.value.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None}, "id"),
        ({"id": True}, "id"),
        ({"id": -1}, "id"),
        ({"id": 1.5}, "id"),
        ({"id": "1/../2"}, "id"),
        ({"id": 10**30}, "id"),
        ({"number": None}, "number"),
        ({"number": ["1"]}, "number"),
        ({"number": "٣"}, "number"),
        ({"repository": None}, "repository"),
        ({"repository": "malditogeek/hook"}, "repository"),
        ({"repository": {"name": "hook"}}, "repository.owner_name"),
        ({"repository": {"owner_name": "..", "name": "hook"}}, "repository.owner_name"),
        ({"repository": {"owner_name": "a", "name": "."}}, "repository.name"),
        ({"repository": {"owner_name": "a", "name": "b/c"}}, "repository.name"),
        ({"repository": {"owner_name": "a", "name": "b%2fc"}}, "repository.name"),
        ({"repository": {"owner_name": "a", "name": "b\n"}}, "repository.name"),
        ({"repository": {"owner_name": "a", "name": "b" * 101}}, "repository.name"),
        ({"repository": {"owner_name": 7, "name": "b"}}, "repository.owner_name"),
        ({"state": 1}, "state"),
        ({"status_message": 1}, "status_message"),
        ({"status_message": "Whatever"}, "status_message"),
        ({"status_message": None, "result_message": None}, "result_message"),
    ],
)
def test_a_wrong_field_is_named(opened: Opener, change: dict[str, object], field: str) -> None:
    travis = opened(travis_verify=False)
    with pytest.raises(Invalid) as caught:
        travis.receive(Received({}, encoded({**payload(), **change})))
    assert caught.value.detail == field
    assert field in caught.value.message


def test_a_repeated_key_counts_once(opened: Opener) -> None:
    travis = opened(travis_verify=False)
    body = encoded(payload())[:-3] + b"%2C%22number%22%3A%227%22%7D"
    assert told(travis, {}, body).number == "7"


def test_an_unsigned_notification_is_refused(travis: Travis) -> None:
    with pytest.raises(Unauthorized):
        travis.receive(Received({"content-type": FORM_TYPE}, form("passed")))


@pytest.mark.parametrize("signature", ["", "%%%", "QUJD", "Ä"])
def test_a_wrong_signature_is_refused(server: Server, travis: Travis, signature: str) -> None:
    server.routes["/config"] = signing.config()
    with pytest.raises(Unauthorized):
        travis.receive(Received({"signature": signature}, form("passed")))


def test_a_signature_of_another_payload_is_refused(server: Server, travis: Travis) -> None:
    server.routes["/config"] = signing.config()
    with pytest.raises(Unauthorized):
        travis.receive(Received(signed(form("broken")), form("passed")))


def test_a_signature_may_be_wrapped_over_lines(server: Server, travis: Travis) -> None:
    server.routes["/config"] = signing.config()
    headers = signed(form("passed"))
    headers["signature"] = headers["signature"][:60] + "\n " + headers["signature"][60:]
    assert travis.receive(Received(headers, form("passed"))).finished


def test_a_wrong_signature_is_refused_even_when_verification_is_off(opened: Opener, server: Server) -> None:
    server.routes["/config"] = signing.config()
    travis = opened(travis_verify=False)
    with pytest.raises(Unauthorized):
        travis.receive(Received(signed(form("broken")), form("passed")))
    assert travis.receive(Received({}, form("passed"))).finished


def test_a_repo_slug_header_must_agree_with_the_payload(server: Server, travis: Travis) -> None:
    server.routes["/config"] = signing.config()
    headers = signed(form("passed"))
    assert travis.receive(Received({**headers, "travis-repo-slug": SLUG}, form("passed"))).finished
    with pytest.raises(Unauthorized):
        travis.receive(Received({**headers, "travis-repo-slug": "some/other"}, form("passed")))


def test_the_older_authorization_header_is_accepted_with_the_account_token(
    opened: Opener, server: Server
) -> None:
    travis = opened(travis_account_token="account-token")
    headers = {"authorization": hash_of(SLUG), "travis-repo-slug": SLUG}
    assert told(travis, headers, form("passed")).repo == SLUG
    assert server.asked == []


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic dXNlcjpwYXNz", hash_of("other/repo"), hash_of(SLUG, ""), "\udcff"]
)
def test_another_authorization_header_is_refused(opened: Opener, authorization: str | None) -> None:
    travis = opened(travis_account_token="account-token")
    headers = {} if authorization is None else {"authorization": authorization}
    with pytest.raises(Unauthorized):
        travis.receive(Received(headers, form("passed")))


def test_a_signature_suffices_whatever_the_authorization_header_says(opened: Opener, server: Server) -> None:
    server.routes["/config"] = signing.config()
    travis = opened(travis_account_token="account-token")
    headers = {**signed(form("passed")), "authorization": "Basic dXNlcjpwYXNz"}
    assert travis.receive(Received(headers, form("passed"))).finished


def test_the_authorization_header_does_not_save_a_wrong_signature(opened: Opener, server: Server) -> None:
    server.routes["/config"] = signing.config()
    headers = {**signed(form("broken")), "authorization": hash_of(SLUG)}
    with pytest.raises(Unauthorized):
        opened(travis_account_token="account-token").receive(Received(headers, form("passed")))


@pytest.mark.parametrize(
    "config",
    [
        Reply(status=500),
        Reply(status=404),
        Reply(b"<html>", headers={"Content-Type": "text/html"}),
        Reply([]),
        Reply({"config": {}}),
        Reply({"config": {"notifications": {"webhook": {"public_key": 7}}}}),
        Reply({"config": {"notifications": {"webhook": {"public_key": "no key"}}}}),
    ],
)
def test_without_a_usable_key_the_notification_may_be_sent_again(
    server: Server, travis: Travis, config: Reply
) -> None:
    server.routes["/config"] = config
    with pytest.raises(TemporaryError):
        travis.receive(Received(signed(form("passed")), form("passed")))


@pytest.mark.parametrize("head_at_once", [True, False])
def test_a_key_that_drips_is_given_up_and_asked_for_again(
    opened: Opener, server: Server, monkeypatch: pytest.MonkeyPatch, head_at_once: bool
) -> None:
    monkeypatch.setattr(signature, "FIRST_PAUSE", 0.0)
    server.routes["/config"] = signing.config()
    body = form("passed")
    with dripping(head_at_once=head_at_once) as slow:
        travis = opened(QUICK, travis_api_url=slow.url)
        with pytest.raises(TemporaryError, match="took too long"):
            travis.receive(Received(signed(body), body))
        with pytest.raises(TemporaryError, match="took too long"):
            travis.receive(Received(signed(body), body))
        assert slow.asked == [b"GET /config HTTP/1.1"] * 2


def test_a_key_document_without_end_is_given_up(server: Server, travis: Travis) -> None:
    server.routes["/config"] = Reply(itertools.repeat(b" " * 65536))
    with pytest.raises(TemporaryError, match="too large"):
        travis.receive(Received(signed(form("passed")), form("passed")))


def test_the_key_is_asked_of_the_configured_server_only(server: Server, travis: Travis) -> None:
    server.routes["/config"] = signing.config()
    body = encoded({**payload(), "build_url": "http://evil.example/config", "host": "evil.example"})
    travis.receive(Received(signed(body), body))
    assert server.paths() == ["/config"]
