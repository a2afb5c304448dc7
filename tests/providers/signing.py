"""A key pair, and notifications signed with it as Travis CI does."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, unquote_to_bytes

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.providers.server import Reply

FORMS = Path(__file__).parents[1] / "data" / "travis-webhooks"
FORM_TYPE = "application/x-www-form-urlencoded"


@cache
def key(index: int = 0) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def config(index: int = 0) -> Reply:
    pem = key(index).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Reply({"config": {"notifications": {"webhook": {"public_key": pem}}}})


def form(name: str) -> bytes:
    return (FORMS / f"{name}.form").read_bytes()


def payload(name: str = "passed") -> dict[str, object]:
    decoded: dict[str, object] = orjson.loads(parse_qs(form(name))[b"payload"][0])
    return decoded


def encoded(document: object) -> bytes:
    return b"payload=" + quote_plus(json.dumps(document, ensure_ascii=False), errors="surrogatepass").encode()


def signed(body: bytes, index: int = 0) -> dict[str, str]:
    """The headers that Travis CI sends with this body."""
    text = unquote_to_bytes(body.removeprefix(b"payload=").replace(b"+", b" "))
    signature = base64.b64encode(key(index).sign(text, PKCS1v15(), SHA1())).decode()
    return {"content-type": FORM_TYPE, "signature": signature}
