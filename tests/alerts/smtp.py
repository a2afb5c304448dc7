"""A mail server on loopback, in a thread: with TLS, with passwords, and refusing what it is told to."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "ci", "pa55word"


@dataclass
class Mailbox:
    """`mails` as they were taken, `to` whom each was for. `refuse` answers in place of a word, as `DATA`."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)

    async def handle_MAIL(self, _: Any, __: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.refuse.get("MAIL", "250 OK")

    async def handle_RCPT(self, _: Any, __: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        refused = self.refuse.get(address) or self.refuse.get("RCPT")
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Envelope) -> str:
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.to.append(list(envelope.rcpt_tos))
        return "250 OK"


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Connects once; aiosmtpd's own would to port 0."""
        socket.create_connection(("127.0.0.1", _port(self)), timeout=30).close()


def _port(controller: Controller) -> int:
    server: Any = controller.server
    return int(server.sockets[0].getsockname()[1])


@contextmanager
def mail_server(folder: Path, security: str) -> Iterator[Mailbox]:
    """`security` as in the settings; the certificate is `folder/cert.pem`."""
    mailbox = Mailbox()
    context = _context(folder)
    options: dict[str, Any] = {"starttls": {"tls_context": context, "require_starttls": True}}
    controller = _Controller(
        mailbox,
        hostname="127.0.0.1",
        port=0,
        ready_timeout=30,
        ssl_context=context if security == "tls" else None,
        authenticator=_authenticated,
        auth_require_tls=security == "starttls",
        **options.get(security, {}),
    )
    controller.start()
    mailbox.port = _port(controller)
    try:
        yield mailbox
    finally:
        controller.stop()


def _authenticated(_: Any, __: Any, ___: Any, ____: str, data: Any) -> AuthResult:
    known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


def _context(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(own)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
