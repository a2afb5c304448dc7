"""Where a finding began, as far as that is known: with one build, or with one of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def builds_it_began_with(first: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """`build 432`, or `one of builds 431 to 433`, of rows of builds or of what a document has of them."""
    if first["build_id"] == last["build_id"]:
        return f"build {first['number']}"
    return f"one of builds {first['number']} to {last['number']}"


def is_one_build(finding: Mapping[str, Any]) -> bool:
    """Whether a finding's document leaves no doubt of the build that it began with: its values name one, and
    the build before that is known to be without it. Builds between both are of another branch or did not
    pass; a wait for workers begins with no commit.
    """
    first, before = finding["first"], finding["last_before"]
    if finding["what"] == "waiting" or first["build_id"] != finding["last"]["build_id"]:
        return False
    return before is None or _follows(before["number"], first["number"])


def _follows(before: str, number: str) -> bool:
    """Numbers that are none tell of no build between."""
    if not (before.isdecimal() and number.isdecimal()):
        return True
    return int(number) - int(before) <= 1
