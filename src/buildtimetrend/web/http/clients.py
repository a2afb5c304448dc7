"""Whom a request is counted for, and which peers speak for others."""

from __future__ import annotations

import os
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection


def client_of(request: HTTPConnection) -> str:
    """Whom to count a request for. Of IPv6 the first half: anybody has as many of the other as they like.

    A proxy on this machine names the client; what is no address is nobody's, and all of it is counted as one.
    """
    return client_at(request.client.host if request.client else "")


def client_at(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((int(address) >> 64 << 64, 64)))


class Proxies:
    """Peers that speak for others: addresses and networks in uvicorn's `FORWARDED_ALLOW_IPS`, `*` for all."""

    def __init__(self, listed: str) -> None:
        self._everybody = listed.strip() == "*"
        self._networks: list[IPv4Network | IPv6Network] = []
        for name in listed.split(","):
            with suppress(ValueError):  # uvicorn takes other words for names of sockets
                self._networks.append(ip_network(name.strip()))

    def has(self, address: str) -> bool:
        if self._everybody:
            return True
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def believed() -> Proxies:
    return Proxies(os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"))
