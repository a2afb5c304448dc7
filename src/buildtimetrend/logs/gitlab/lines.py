"""Lines of a GitLab CI trace, as people read them."""

from __future__ import annotations

import re

from buildtimetrend.logs.gitlab.markers import STAMP
from buildtimetrend.logs.text import CONTROLS

_STAMP = re.compile(rb"(?m)^" + STAMP)
_GOES_ON = re.compile(rb"\r*\n" + STAMP[: -len(rb"[ +]")] + rb"\+")


def unstamped(text: bytes) -> bytes:
    """Without what the runner puts before each line; those that it cut are whole again."""
    return _STAMP.sub(b"", _GOES_ON.sub(b"", text)) if b"Z 0" in text else text


def lines(text: bytes) -> list[str]:
    """Without colours."""
    shown = CONTROLS.sub(b"", unstamped(text).replace(b"\r", b"\n"))
    return [line.strip() for line in shown.decode("utf-8", "replace").split("\n")]
