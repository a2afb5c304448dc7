"""Mail to a real SMTP server: its form, TLS and sign-in, and what becomes of refusals."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from buildtimetrend.alerts.base import BadMessage
from buildtimetrend.alerts.channels import mail as mail_module
from buildtimetrend.alerts.channels.mail import Mail, MailSettings
from buildtimetrend.alerts.message import Message, digest
from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.text import together
from tests.alerts.examples import BASE, hostile, told
from tests.alerts.smtp import PASSWORD, USER, Mailbox, mail_server

NOW = datetime(2026, 11, 25, 14, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    """Without TLS."""
    with mail_server(tmp_path_factory.mktemp("mail"), "none") as mailbox:
        yield mailbox


@pytest.fixture(autouse=True)
def empty(mailbox: Mailbox) -> None:
    mailbox.mails.clear()
    mailbox.to.clear()
    mailbox.refuse.clear()


def send(mailbox: Mailbox, message: Message, **fields: Any) -> str:
    usual = {
        "security": "none",
        "sender": "Our CI <ci@example.org>",
        "to": ("a@example.org", "b@example.org"),
    }
    values = MailSettings(host="127.0.0.1", port=mailbox.port, **(usual | fields))
    return Mail(values).send(message, NOW)


def test_a_mail_is_plain_text_and_html_with_an_id_that_stays(mailbox: Mailbox) -> None:
    assert send(mailbox, told()) == "taken for 2 of 2 addresses"
    send(mailbox, told())
    send(mailbox, told("fixed"))
    first, again, fixed = mailbox.mails
    assert first["subject"] == told().subject
    assert first["from"] == "Our CI <ci@example.org>"
    assert mailbox.to[0] == ["a@example.org", "b@example.org"]
    assert first["message-id"] == again["message-id"] == "<owner-repo.f1.1@example.org>"
    assert fixed["message-id"] != first["message-id"]
    assert fixed["references"] == first["references"]  # one conversation
    plain, html = (part.get_content() for part in first.iter_parts())
    for text in ("takes 1 m 1 s longer", "It is not over.", f"{BASE}/findings/owner/repo/f1"):
        assert text in plain
        assert together(text) in html


def test_what_strangers_write_adds_no_header_and_no_markup(mailbox: Mailbox) -> None:
    send(mailbox, hostile())
    [mail] = mailbox.mails
    assert mail["bcc"] is None
    assert mailbox.to == [["a@example.org", "b@example.org"]]
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert "<script>alert(1)</script>" in plain
    assert "<script" not in html
    assert "\u202e" not in mail["subject"] + plain + html


def test_a_digest_is_one_mail_that_names_each_change(mailbox: Mailbox) -> None:
    several = [told(id=str(number), sentence=f"Step {number} takes 9 s longer.") for number in range(3)]
    send(mailbox, digest(several, BASE))
    plain, html = (part.get_content() for part in mailbox.mails[0].iter_parts())
    for number in range(3):
        assert f"Step {number} takes 9 s longer." in plain
        assert f'href="{BASE}/findings/owner/repo/{number}"' in html


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_with_tls_it_signs_in_and_believes_known_certificates_alone(
    security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path, security) as mailbox:
        signed_in = {"security": security, "user": USER, "password": PASSWORD}
        with pytest.raises(TemporaryError, match="certificate verify failed"):
            send(mailbox, told(), **signed_in)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert send(mailbox, told(), **signed_in) == "taken for 2 of 2 addresses"
        with pytest.raises(PermanentError, match="535") as refused:
            send(mailbox, told(), **signed_in | {"password": "wr0ng"})
        assert "wr0ng" not in refused.value.message
        assert len(mailbox.mails) == 1


def test_a_server_without_tls_gets_neither_password_nor_mail_where_tls_is_asked_for(mailbox: Mailbox) -> None:
    with pytest.raises(PermanentError, match="STARTTLS"):
        send(mailbox, told(), security="starttls", user=USER, password=PASSWORD)
    assert not mailbox.mails


@pytest.mark.parametrize(
    ("refuse", "kind"),
    [
        ({"MAIL": "451 busy"}, TemporaryError),
        ({"MAIL": "550 who are you"}, PermanentError),
        ({"RCPT": "450 greylisted"}, TemporaryError),
        ({"RCPT": "550 unknown"}, PermanentError),
        ({"DATA": "452 full"}, TemporaryError),
        ({"DATA": "554 looks like spam"}, BadMessage),
    ],
)
def test_a_refusal_says_whether_another_try_or_another_message_may_work(
    refuse: dict[str, str], kind: type[Exception], mailbox: Mailbox
) -> None:
    mailbox.refuse = refuse
    with pytest.raises((TemporaryError, PermanentError)) as refused:
        send(mailbox, told())
    assert type(refused.value) is kind
    [words] = refuse.values()
    assert words in refused.value.message


def test_one_address_that_is_refused_does_not_keep_mail_from_the_others(mailbox: Mailbox) -> None:
    mailbox.refuse = {"b@example.org": "550 unknown"}
    assert send(mailbox, told()) == "taken for 1 of 2 addresses; not to b@example.org: 550 unknown"
    assert mailbox.to == [["a@example.org"]]


def test_a_server_that_answers_a_byte_at_a_time_does_not_hold_the_others_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail_module, "WHOLE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_drip, args=(server,))
        thread.start()
        before = time.monotonic()
        with pytest.raises(TemporaryError, match="could not be used"):
            send(Mailbox(port=server.getsockname()[1]), told())
        assert time.monotonic() - before < 10  # of the 60 that it would take
        thread.join()


def _drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        try:
            connection.sendall(b"220 hello\r\n")
            for _ in range(600):
                connection.sendall(b"2")
                time.sleep(0.1)
        except OSError:
            pass


def test_who_is_away_may_be_back_later() -> None:
    with pytest.raises(TemporaryError, match=r"The mail server 127\.0\.0\.1 could not be used"):
        send(Mailbox(port=1), told())
