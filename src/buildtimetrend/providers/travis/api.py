"""How Travis CI is asked, in either version of its API."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from buildtimetrend.providers import http

PEER = http.Peer("Travis CI", token="travis.token", address="travis.api_url")  # noqa: S106 - a setting's name

V3 = MappingProxyType({"travis-api-version": "3"})
V2 = MappingProxyType({"accept": "application/vnd.travis-ci.2+json"})
PLAIN = MappingProxyType({"accept": "application/json"})


@dataclass(frozen=True, slots=True)
class Limits(http.Limits):
    """Also of the document with the server's key, which notifications wait for."""

    key_time: float = 20.0
    key_size: int = 1024**2


def client(base_url: str, token: str, connections: int, limits: Limits) -> http.Client:
    authorization = {"authorization": f"token {token}"} if token else {}
    return http.Client(PEER, base_url, authorization, connections, limits)
