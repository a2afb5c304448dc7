"""Whether a channel's settings are still those with which it was switched off."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256

import orjson

from buildtimetrend.alerts.base import Section

# Hexadecimal digits: enough to see a change, too few to try passwords against.
DIGITS = 8


def fingerprint(section: Section) -> str:
    text = orjson.dumps([section.kind, asdict(section.values)], option=orjson.OPT_SORT_KEYS)
    return sha256(text).hexdigest()[:DIGITS]
