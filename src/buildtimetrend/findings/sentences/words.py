"""Names, numbers and days, as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def listed(names: Sequence[str]) -> str:
    """`a, b and c`"""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number_of(count: int) -> str:
    """In a word, up to ten."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def day(at: datetime) -> str:
    """`10 Jul 2026`"""
    return f"{at.day} {at:%b} {at.year}"
