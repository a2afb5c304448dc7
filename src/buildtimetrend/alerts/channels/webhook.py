"""JSON to any address, signed as Standard Webhooks are (standardwebhooks.com, version 1.0).

webhook-id: the message's, the same whenever it is sent again
webhook-timestamp: seconds since 1970, of this try
webhook-signature: v1,BASE64 of HMAC-SHA256 over `id.timestamp.body`; one for each key, with a blank between
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias

import orjson
from pydantic import AfterValidator, Field

from buildtimetrend.alerts.addresses import Hook
from buildtimetrend.alerts.base import Channel
from buildtimetrend.alerts.http import Http
from buildtimetrend.alerts.message import Message
from buildtimetrend.setting import setting

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a key


def _key(value: str) -> str:
    if not value:
        return value
    try:
        size = len(key_of(value))
    except binascii.Error:
        size = 0
    if not value.startswith(PREFIX) or not SHORTEST <= size <= LONGEST:
        raise ValueError(f"must be {PREFIX} and the base64 of {SHORTEST} to {LONGEST} random bytes")
    return value


Secret: TypeAlias = Annotated[str, AfterValidator(_key), Field(max_length=200)]


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookSettings:
    url: Hook = setting("", "alerts.url", "Address that each message is sent to.", secret=True)
    secret: Secret = setting(
        "", "alerts.secret", "Key that messages are signed with: whsec_ and base64.", secret=True
    )
    old_secret: Secret = setting(
        "", "alerts.old_secret", "While keys are changed: the former one, that signs as well.", secret=True
    )


class Webhook(Channel):
    title = "The webhook"
    settings = WebhookSettings
    needed = ("url", "secret")
    knows_again = True

    def __init__(self, values: WebhookSettings) -> None:
        self._url = values.url
        self._keys = [key_of(secret) for secret in (values.secret, values.old_secret) if secret]
        self._http = Http(self.title, (values.url, values.secret, values.old_secret))

    def send(self, message: Message, now: datetime) -> str:
        body = orjson.dumps(
            {
                "type": _type(message),
                "timestamp": message.at,
                "data": message.document,
            }
        )
        stamp = str(int(now.timestamp()))
        headers = {
            "webhook-id": message.id,
            "webhook-timestamp": stamp,
            "webhook-signature": signatures(self._keys, message.id, stamp, body),
        }
        return self._http.send("POST", self._url, body, headers).words

    def close(self) -> None:
        self._http.close()


def key_of(secret: str) -> bytes:
    """Raises `binascii.Error` for what is no base64."""
    key = secret.removeprefix(PREFIX)
    return base64.b64decode(key + "=" * (-len(key) % 4), validate=True)


def signatures(keys: Sequence[bytes], id: str, stamp: str, body: bytes) -> str:
    signed = b".".join((id.encode(), stamp.encode(), body))
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys)


def _type(message: Message) -> str:
    return message.event if message.event in ("digest", "report", "test") else f"finding.{message.event}"
