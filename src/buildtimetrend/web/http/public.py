"""Where others reach this service."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from buildtimetrend.settings import Settings


def public_base(settings: Settings, request: Request) -> str:
    """As the settings say, else as it was asked just now; without a slash at its end."""
    return settings.public_url or str(request.base_url).rstrip("/")


def is_of_this_machine(address: str) -> bool:
    """Whether nobody else can reach it."""
    host = urlsplit(address).hostname or ""
    try:
        here = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return here.is_loopback or here.is_unspecified
