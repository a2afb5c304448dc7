"""Secrets, taken out of what is logged or told."""

from __future__ import annotations

from collections.abc import Iterable

MASK = "********"
SHORTEST = 4  # characters: what is shorter stands in many words, and a log that lacks it there tells it


class Masking:
    """Puts a mask in place of each secret, wherever in a text it stands, but of those that are too short."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: one secret may be part of another.
        self._secrets = sorted({each for each in secrets if len(each) >= SHORTEST}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text
