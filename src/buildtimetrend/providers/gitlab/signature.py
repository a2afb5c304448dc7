"""Whether a webhook comes from GitLab: by its secret token, or signed as Standard Webhooks are.

    X-Gitlab-Token: the secret, as it is set at GitLab
    webhook-signature: v1,BASE64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`; several with blanks

The key of a signing token is what stands in base64 behind `whsec_`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from collections.abc import Callable, Mapping

from buildtimetrend.errors import Unauthorized

WINDOW = 300  # seconds that the timestamp may differ from our clock
_SIGNING = "whsec_"
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class Verifier:
    """`clock` gives seconds since 1970."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock
        self._key = _key_of(secret)

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """A signature, where there is one, decides alone. Raises `Unauthorized`."""
        if not self._secret:
            raise Unauthorized(
                "The setting gitlab.webhook_secret is not set.", detail="gitlab.webhook_secret"
            )
        if "webhook-signature" in headers:
            self._check_signature(headers, body)
            return
        token = headers.get("x-gitlab-token")
        if token is None:
            raise Unauthorized(
                "The webhook has neither an X-Gitlab-Token nor a webhook-signature header.",
                detail="x-gitlab-token",
            )
        if not hmac.compare_digest(_sent(token), self._secret.encode()):
            raise Unauthorized("X-Gitlab-Token is not gitlab.webhook_secret.", detail="x-gitlab-token")

    def _check_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        name, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not name:
            raise Unauthorized("A signed webhook has a webhook-id header.", detail="webhook-id")
        if not _TIMESTAMP.fullmatch(sent):
            raise Unauthorized(
                "A signed webhook has a webhook-timestamp header, in seconds since 1970.",
                detail="webhook-timestamp",
            )
        signed = b".".join((name.encode(), sent.encode(), body))
        ours = base64.b64encode(hmac.digest(self._key, signed, "sha256"))
        given = headers["webhook-signature"].split()
        if not [one for one in given if hmac.compare_digest(one.encode(), b"v1," + ours)]:
            raise Unauthorized(
                "The webhook-signature is not of this webhook and gitlab.webhook_secret.",
                detail="webhook-signature",
            )
        if abs(self._clock() - int(sent)) > WINDOW:
            raise Unauthorized(
                f"The webhook was signed more than {WINDOW} s before or after now.",
                detail="webhook-timestamp",
            )


def _sent(header: str) -> bytes:
    """The bytes of a header, of which servers make text one by one (Latin-1)."""
    return header.encode("utf-8" if any(ord(character) > 255 for character in header) else "latin-1")


def _key_of(secret: str) -> bytes:
    if secret.startswith(_SIGNING):
        try:
            key = secret.removeprefix(_SIGNING)
            return base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode()
