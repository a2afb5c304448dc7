"""Whom a request is counted for."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Network, ip_address

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
