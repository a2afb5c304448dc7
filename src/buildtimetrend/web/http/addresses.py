"""Addresses that come from outside."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def web_address(url: str | None) -> SplitResult | None:
    """The parts of an address of the web; None for any other text: only such a one becomes a link."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.netloc else None
