"""Peers that speak for others: those whose X-Forwarded-For uvicorn believes."""

from __future__ import annotations

import os
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


class Proxies:
    """Addresses and networks as uvicorn's `FORWARDED_ALLOW_IPS` lists them; `*` is everybody."""

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
