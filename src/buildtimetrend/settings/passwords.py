"""Passwords in URLs: found, and left out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from buildtimetrend.masking import MASK


def passwords(url: str) -> list[str]:
    """As the URL has them, before the host or as a parameter."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    return [text for text in (parts.password, *re.findall(r"(?:^|&)password=([^&]+)", parts.query)) if text]


def without_passwords(url: str) -> str:
    for password in passwords(url):
        url = url.replace(f":{password}@", f":{MASK}@").replace(f"password={password}", f"password={MASK}")
    return url
