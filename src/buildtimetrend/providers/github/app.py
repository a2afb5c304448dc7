"""A GitHub App proves itself with a signed token, and gets one for each of its installations.

A JSON Web Token (RFC 7519), signed with RS256 (RFC 7518), buys a token for an hour.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from buildtimetrend.errors import SettingsError
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github.api import HEADERS
from buildtimetrend.providers.http import Client, Refused
from buildtimetrend.providers.kept import Kept

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# Seconds: GitHub allows ten minutes, and clocks differ.
_LASTS, _AGO = 540, 60
RENEWED = 300.0  # seconds before a token's end
KEPT = 10_000  # repos whose installation is known
# Seconds for which a repo that is refused is believed to be of the installation that it was of.
BELIEVED = 600.0


@dataclass(frozen=True, slots=True)
class _Installation:
    id: str
    looked_up_at: float


@dataclass(frozen=True, slots=True)
class _Issued:
    token: str
    ends_at: datetime


class App:
    """Safe to use from several threads. Raises `SettingsError` for what is no private key."""

    def __init__(
        self,
        client: Client,
        app_id: str,
        key: str,
        clock: Callable[[], float] = time.time,
        *,
        section: str = "github",
    ) -> None:
        """`clock` has seconds since 1970; `section` is that of the settings, in messages."""
        self._client = client
        self._app_id = app_id
        self._section = section
        self._key = private_key(key, f"{section}.app_key")
        self._clock = clock
        self._installations: Kept[str, _Installation] = Kept(KEPT)
        self._issued: dict[str, _Issued] = {}
        self._lock = threading.Lock()  # also while a token is asked for: all who need one wait for it

    def headers(self, repo: str) -> Mapping[str, str]:
        """Raises like `Client.answer`; `Refused` where the App is not installed."""
        known = self._installations.get(repo.lower())
        try:
            return _bearer(self._token(self._installation(repo)))
        except Refused:
            if known is None:
                raise
            # It was taken away. The App may have been installed again since, which is another installation.
            self._forget(repo)
            return _bearer(self._token(self._installation(repo)))

    def counted(self, repo: str) -> str:
        """Each installation has a limit of its own."""
        return self._installation(repo)

    def refused(self, repo: str, status: int) -> bool:
        """A token that is not believed is given up. Of a repo that is not to be seen the installation is
        looked up anew, now and then: it may have gone to another owner, or the App been installed again.
        """
        known = self._installations.get(repo.lower())
        if known is None:
            return False
        if status == 401:
            self._forget(repo)
            with self._lock:
                return self._issued.pop(known.id, None) is not None
        if self._clock() - known.looked_up_at < BELIEVED:
            return False
        self._forget(repo)
        return self._installation(repo) != known.id

    def _token(self, installation: str) -> str:
        with self._lock:
            issued = self._issued.get(installation)
            now = datetime.fromtimestamp(self._clock() + RENEWED, UTC)
            if issued is None or issued.ends_at <= now:
                self._issued.pop(installation, None)
                issued = self._issued[installation] = self._asked(installation)
        return issued.token

    def _installation(self, repo: str) -> str:
        known = self._installations.get(repo.lower())
        if known is None:
            known = _Installation(self._found(repo), self._clock())
            self._installations.put(repo.lower(), known)
        return known.id

    def _forget(self, repo: str) -> None:
        self._installations.take(repo.lower())

    def _found(self, repo: str) -> str:
        """Of a repo, or of all of an owner: `owner/`."""
        owner, _, name = repo.partition("/")
        places = [f"/repos/{repo}"] if name else [f"/orgs/{owner}", f"/users/{owner}"]
        for place in places:
            try:
                told = self._client.answer(f"{place}/installation", HEADERS, authorization=self.own())
            except Refused as error:
                if error.http_status != 404:
                    raise
            else:
                return Fields(told.document).id("id")
        at = repo if name else owner
        raise Refused(
            f"The GitHub App ({self._section}.app_id) is not installed at {at}, or there is no such place.",
            404,
            None,
        )

    def _asked(self, installation: str) -> _Issued:
        path = f"/app/installations/{installation}/access_tokens"
        told = Fields(self._client.answer(path, HEADERS, authorization=self.own(), content={}).document)
        ends_at = told.maybe_time("expires_at") or datetime.fromtimestamp(self._clock() + 3600, UTC)
        return _Issued(told.text("token"), ends_at)

    def own(self) -> Mapping[str, str]:
        """Headers that prove the App itself, for some minutes."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - 8 MiB
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

        now = int(self._clock())
        claims = {"iat": now - _AGO, "exp": now + _LASTS, "iss": self._app_id}
        signed = b".".join(_encoded(orjson.dumps(part)) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
        signature = _encoded(self._key.sign(signed, PKCS1v15(), SHA256()))
        return _bearer(f"{signed.decode()}.{signature.decode()}")


def _bearer(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"}


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def private_key(key: str, setting: str) -> RSAPrivateKey:
    """A variable of the environment may have it with `\\n` in place of lines. Raises `SettingsError`."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        found = load_pem_private_key(key.replace("\\n", "\n").encode(), password=None)
    except Exception as error:  # of several kinds, by what is wrong with it
        raise SettingsError(
            f"{setting}: its value (not shown) is no private key in PEM without a password.",
            detail=setting,
        ) from error
    if not isinstance(found, RSAPrivateKey):
        raise SettingsError(f"{setting}: it must be an RSA key.", detail=setting)
    return found
