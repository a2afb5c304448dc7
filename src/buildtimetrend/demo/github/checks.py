"""Check runs at the simulated GitHub: an App proves itself, gets a token of its installation, writes them.

They are kept while the simulator runs. Nothing else may be done with such a token but to read pull requests.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cached_property

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from buildtimetrend.demo.messages import Document, Request, Response, iso, json_response
from buildtimetrend.demo.pages import Page
from buildtimetrend.demo.routes import ID, Router
from buildtimetrend.demo.runs.catalogue import RunCatalogue
from buildtimetrend.demo.runs.definitions import Repository
from buildtimetrend.demo.runs.run import Run

APP_ID = "4711"
INSTALLATION = 4712
FIRST_ID = 90_000_001
LASTS = 3600  # seconds
OLDEST = 2000  # runs, the newest, among which a pull request is looked for
_REPO = r"/repos/([^/]+/[^/]+)"
_WRITTEN = ("name", "external_id", "status", "conclusion", "output", "details_url")


class CheckRuns:
    """`key` is the App's, as PEM."""

    def __init__(self, catalogue: RunCatalogue) -> None:
        self._catalogue = catalogue
        self._tokens: dict[str, float] = {}  # until when each is good, in Unix time
        self.runs: list[Document] = []
        self._router = Router(
            (r"/app", self._as_app(self._app)),
            (rf"/app/installations/{INSTALLATION}/access_tokens", self._as_app(self._token)),
            (rf"{_REPO}/installation", self._as_app(self._installation)),
            (rf"{_REPO}/pulls/{ID}", self._as_installation(self._pull)),
            (rf"{_REPO}/commits/([0-9a-f]{{40}})/check-runs", self._as_installation(self._list)),
            (rf"{_REPO}/check-runs", self._as_installation(self._create)),
            (rf"{_REPO}/check-runs/{ID}", self._as_installation(self._update)),
        )

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return generate_private_key(65537, 2048)

    @property
    def key(self) -> str:
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self._key.private_bytes(*form).decode()

    def answer(self, request: Request, path: str) -> Response | None:
        """None of what is not an App's."""
        return self._router.answer(request, path)

    def _as_app(self, answer: Callable[..., Response]) -> Callable[..., Response]:
        def proven(request: Request, *groups: str) -> Response:
            if not self._is_signed(_bearer(request)):
                return _error(401, "A JSON web token could not be decoded")
            return answer(request, *groups)

        return proven

    def _as_installation(self, answer: Callable[..., Response]) -> Callable[..., Response]:
        def proven(request: Request, slug: str, *groups: str) -> Response:
            if self._tokens.get(_bearer(request), 0.0) < time.time():
                return _error(401, "Bad credentials")
            repository = self._catalogue.history.repository(slug)
            return answer(request, repository, *groups) if repository else _error(404, "Not Found")

        return proven

    def _is_signed(self, token: str) -> bool:
        """RFC 7519, with RS256, of this App, and not expired."""
        try:
            head, claims, signature = token.split(".")
            signed = f"{head}.{claims}".encode()
            self._key.public_key().verify(_decoded(signature), signed, PKCS1v15(), SHA256())
            told = orjson.loads(_decoded(claims))
            return bool(told["iss"] == APP_ID and told["iat"] <= time.time() < told["exp"])
        except (InvalidSignature, ValueError, KeyError, TypeError, binascii.Error):
            return False

    def _app(self, _: Request) -> Response:
        return json_response({"id": int(APP_ID), "name": "CI time", "permissions": {"checks": "write"}})

    def _installation(self, _: Request, slug: str) -> Response:
        known = self._catalogue.history.repository(slug)
        return json_response({"id": INSTALLATION}) if known else _error(404, "Not Found")

    def _token(self, _: Request) -> Response:
        token, until = f"ghs_{secrets.token_hex(18)}", time.time() + LASTS
        self._tokens[token] = until
        return json_response({"token": token, "expires_at": iso(int(until))}, 201)

    def _pull(self, _: Request, repository: Repository, number: str) -> Response:
        found = self._newest_of_pull(repository, int(number))
        if found is None:
            return _error(404, "Not Found")
        return json_response({"number": int(number), "head": {"sha": found.commit.sha}})

    def _newest_of_pull(self, repository: Repository, number: int) -> Run | None:
        for place in self._catalogue.listed(repository)[:OLDEST]:
            run = self._catalogue.at(repository, place)
            if run.pull and run.pull.number == number:
                return run
        return None

    def _list(self, request: Request, _: Repository, commit: str) -> Response:
        found = [run for run in self.runs if run["head_sha"] == commit]
        try:
            shown = Page.of(request, 30).cut(found)
        except ValueError as wrong:
            return _error(422, str(wrong))
        return json_response({"total_count": len(found), "check_runs": list(shown)})

    def _create(self, request: Request, repository: Repository) -> Response:
        told = _told(request)
        if request.method != "POST" or not {"name", "head_sha"} <= told.keys():
            return _error(422, "Invalid request: name and head_sha are wanted.")
        run = {
            "id": FIRST_ID + len(self.runs),
            "head_sha": str(told["head_sha"]),
            "repository": repository.project.slug,
            "app": {"id": int(APP_ID)},
            "started_at": iso(int(time.time())),
        }
        self.runs.append(run | _written(told))
        return json_response(self.runs[-1], 201)

    def _update(self, request: Request, repository: Repository, number: str) -> Response:
        own = [run for run in self.runs if run["repository"] == repository.project.slug]
        found = next((run for run in own if run["id"] == int(number)), None)
        if found is None:
            return _error(404, "Not Found")
        if request.method == "PATCH":
            found |= _written(_told(request))
        return json_response(found)


def _written(told: Mapping[str, object]) -> Document:
    return {name: told[name] for name in _WRITTEN if name in told}


def _told(request: Request) -> Document:
    try:
        told = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2]


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


def _error(status: int, message: str) -> Response:
    return json_response({"message": message}, status)
