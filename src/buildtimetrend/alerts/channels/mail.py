"""E-mail by an SMTP server, as plain text and as HTML.

A message that is sent again has the same Message-ID, by which many mailboxes show it once.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from buildtimetrend.alerts.base import BadMessage, Channel
from buildtimetrend.alerts.mail_body import html, text
from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.plain import plain
from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.setting import Port, Text, setting

STEP, WHOLE = 20.0, 90.0  # seconds for an answer of the server, and for the whole
PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+")


def _mailbox(value: str) -> str:
    if value and not (_ADDRESS.fullmatch(parseaddr(value)[1]) and value.isprintable()):
        raise ValueError("must be an address, as ci@example.org or Our CI <ci@example.org>")
    return value


Mailbox: TypeAlias = Annotated[str, AfterValidator(_mailbox), Field(max_length=320)]
Mailboxes: TypeAlias = Annotated[
    tuple[Mailbox, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    Field(max_length=100),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class MailSettings:
    host: Text = setting("", "alerts.host", "Name of the SMTP server.")
    port: Port = setting(0, "alerts.port", "Its port; 0: 587 for starttls, 465 for tls, 25 for none.")
    security: Literal["starttls", "tls", "none"] = setting(
        "starttls", "alerts.security", "starttls, tls from the first byte, or none."
    )
    user: Text = setting("", "alerts.user", "Name to sign in with, where the server wants one.")
    password: Text = setting("", "alerts.password", "And its password.", secret=True)
    sender: Mailbox = setting("", "alerts.sender", "Address that mail comes from.")
    to: Mailboxes = setting((), "alerts.to", "Addresses that it goes to.")

    def __post_init__(self) -> None:
        if self.security == "none" and self.password and not _is_here(self.host):
            raise ValueError("a password is not sent without TLS: set security to starttls or tls")


class Mail(Channel):
    title = "The mail server"
    settings = MailSettings
    needed = ("host", "sender", "to")

    def __init__(self, values: MailSettings) -> None:
        self._values = values

    def send(self, message: Message, now: datetime) -> str:
        mail = _mail(message, now, self._values.sender, self._values.to)
        with _translated(self._values.host), self._session() as smtp:
            refused = smtp.send_message(mail)
        return _words(len(self._values.to), refused)

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        values, context = self._values, ssl.create_default_context()
        port = values.port or PORTS[values.security]
        smtp = (
            smtplib.SMTP_SSL(values.host, port, timeout=STEP, context=context)
            if values.security == "tls"
            else smtplib.SMTP(values.host, port, timeout=STEP)
        )
        with closing(smtp), _ended_after(WHOLE, smtp):  # a good-bye would be waited for, also after a failure
            if values.security == "starttls":
                smtp.starttls(context=context)
            if values.user:
                smtp.login(values.user, values.password)
            yield smtp
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()


def _mail(message: Message, now: datetime, sender: str, to: Sequence[str]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    domain = _address(sender).domain
    mail["From"] = _address(sender)
    mail["To"] = [_address(each) for each in to]
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["References"] = f"<{message.thread}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text(message))
    mail.add_alternative(html(message), subtype="html")
    return mail


def _address(mailbox: str) -> Address:
    name, address = parseaddr(mailbox)
    return Address(display_name=name, addr_spec=address)


def _words(addresses: int, refused: Mapping[str, tuple[int, bytes]]) -> str:
    why = "".join(f"; not to {to}: {_said(*answer)}" for to, answer in refused.items())
    return f"taken for {addresses - len(refused)} of {addresses} addresses{why}"


def _said(code: int, words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {plain(said, 200)}"


@contextmanager
def _ended_after(seconds: float, smtp: smtplib.SMTP) -> Iterator[None]:
    """smtplib bounds each answer alone: a server may take its time for each byte of it."""

    def end() -> None:
        with suppress(OSError):
            if smtp.sock:
                socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)  # not TLS's own: somebody reads under it

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _translated(host: str) -> Iterator[None]:
    at = f"The mail server {host}"
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        said = ", ".join(f"{to}: {_said(*answer)}" for to, answer in error.recipients.items())
        passes = any(code < 500 for code, _ in error.recipients.values())
        raise (TemporaryError if passes else PermanentError)(f"{at} takes nothing for {said}.") from None
    except smtplib.SMTPDataError as error:
        passes = error.smtp_code < 500
        raise (TemporaryError if passes else BadMessage)(
            f"{at} refused the message: {_said(error.smtp_code, error.smtp_error)}."
        ) from None
    except smtplib.SMTPResponseException as error:
        passes = error.smtp_code < 500
        raise (TemporaryError if passes else PermanentError)(
            f"{at} answered {_said(error.smtp_code, error.smtp_error)}."
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise PermanentError(f"{at} cannot do what is asked: {plain(str(error), 200)}") from None
    except (OSError, smtplib.SMTPException) as error:
        why = plain(str(error), 200) or type(error).__name__
        raise TemporaryError(f"{at} could not be used: {why}.") from error


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
