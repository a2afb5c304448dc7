"""A GitHub that holds checks: only an App may write them, by a token of its installation."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.providers.server import Asked, Reply

APP = "1234"
_ADDRESS = re.compile(r"/repos/(?P<repo>[^/]+/[^/]+)/(?P<rest>.*)")


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def pem() -> str:
    return str(key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


@dataclass
class Checks:
    """`heads` are commits by the number of the pull request; `writes` are method and path."""

    heads: dict[str, str] = field(default_factory=dict)
    merges: dict[str, str] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    installed: bool = True
    permission: str = "write"
    answers_lost: int = 0  # of writes that are kept

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/app":
            return self._of_app(asked, {"name": "CI times", "permissions": {"checks": self.permission}})
        if asked.path == "/app/installations/555/access_tokens":
            return self._of_app(asked, self._token, 201)
        match = _ADDRESS.fullmatch(asked.path)
        if match is None:
            return Reply({"message": "Not Found"}, 404)
        if match["rest"] == "installation":
            if not self.installed:
                return Reply({"message": "Not Found"}, 404)
            return self._of_app(asked, {"id": 555})
        if asked.headers.get("authorization") not in self.tokens[-1:]:
            return Reply({"message": "Bad credentials"}, 401)
        return self._of_installation(asked, match["rest"])

    def revoke(self) -> None:
        """The App was taken away and installed anew."""
        self.tokens.append("none")

    def _token(self) -> dict[str, str]:
        self.tokens.append(f"Bearer ghs_{len(self.tokens)}")
        ends_at = datetime.now(UTC) + timedelta(hours=1)
        return {"token": self.tokens[-1].split()[1], "expires_at": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}"}

    def _of_app(self, asked: Asked, document: Any, status: int = 200) -> Reply:
        head, claims, signature = asked.headers["authorization"].removeprefix("Bearer ").split(".")
        key().public_key().verify(_decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        told = json.loads(_decoded(claims))
        assert told["iss"] == APP
        assert told["iat"] <= time.time() <= told["exp"] <= told["iat"] + 600
        return Reply(document() if callable(document) else document, status)

    def _of_installation(self, asked: Asked, rest: str) -> Reply:
        if found := re.fullmatch(r"pulls/(\d+)", rest):
            number = found[1]
            head = self.heads[number]
            return Reply({"head": {"sha": head}, "merge_commit_sha": self.merges.get(number)})
        if found := re.fullmatch(r"commits/([0-9a-f]{40})/check-runs", rest):
            assert (asked.query["app_id"], asked.query["filter"]) == (APP, "all")
            listed = [run for run in self.runs if run["head_sha"] == found[1]]
            page = int(asked.query["page"]) - 1
            return Reply({"total_count": len(listed), "check_runs": listed[page * 100 : (page + 1) * 100]})
        return self._written(asked, rest)

    def _written(self, asked: Asked, rest: str) -> Reply:
        document = json.loads(asked.body)
        self.writes.append(rest)
        if rest == "check-runs":
            self.runs.append({"id": 100 + len(self.runs), "app": {"id": int(APP)}, **document})
            run = self.runs[-1]
        else:
            [run] = [each for each in self.runs if rest == f"check-runs/{each['id']}"]
            run |= document
        if self.answers_lost:
            self.answers_lost -= 1
            return Reply({"message": "Bad gateway"}, 502)
        return Reply(run, 201)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")
