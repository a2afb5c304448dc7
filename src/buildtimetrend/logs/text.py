"""Bytes of a terminal to plain text."""

from __future__ import annotations

import re

# Colours, cursor moves and erasures (CSI), titles (OSC), and what else a terminal would not show.
CONTROLS = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]?|[\x00-\x08\x0b-\x1f\x7f]"
)


NAME = 200  # characters


def plain(line: bytes) -> str:
    """The visible text, without escape sequences and control characters; broken UTF-8 is replaced."""
    text = line.decode("utf-8", "replace")
    if text.isprintable():
        return text.strip()
    return CONTROLS.sub(b"", line).decode("utf-8", "replace").strip()


def shortened(name: str) -> str:
    """A name of bounded length."""
    return name if len(name) <= NAME else name[: NAME - 1] + "…"
