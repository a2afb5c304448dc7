"""What a finding's document says of its kind. Those that an earlier version stored are all of durations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["duration", "flaky", "results", "budget"]

_OF: Mapping[str, Kind] = {"flaky": "flaky", "results": "results", "budget": "budget"}


def kind_of(finding: Mapping[str, Any]) -> Kind:
    return _OF.get(finding["what"], "duration")


def is_worse(finding: Mapping[str, Any]) -> bool:
    """Whether it is something to mend: more time, or builds that fail more often."""
    if "worse" in finding:
        return bool(finding["worse"])
    return bool(finding["after"] > finding["before"])
