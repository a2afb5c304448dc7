"""Clients of all CI systems share what they know of the authorities that sign certificates."""

import ssl

import pytest

from buildtimetrend.providers.http import Client, Limits, Peer
from buildtimetrend.providers.http import client as client_module


def test_the_authorities_are_read_once_for_all_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    new = ssl.create_default_context

    def counted(*args: object, **given: object) -> ssl.SSLContext:
        read.append(given)
        return new(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    client_module._known_authorities.cache_clear()
    try:
        for name in ("one", "two", "three"):
            Client(Peer(name, "token", "url"), f"https://{name}.example", {}, 2, Limits()).close()
    finally:
        client_module._known_authorities.cache_clear()
    assert len(read) == 1
