"""Addresses to which messages are sent, as settings have them."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field


def _hook(value: str) -> str:
    """With its query, which may hold a key. Raises ValueError for what is no such address."""
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL")
    if parts.username or parts.password or parts.fragment or not value.isprintable() or " " in value:
        raise ValueError("must not carry a user name, fragment or blank")
    return value


Hook: TypeAlias = Annotated[str, AfterValidator(_hook), Field(max_length=4096)]
