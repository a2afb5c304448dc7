"""What is over is told in the past: a finding has its sentence as it is now, and as it will be then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Said: TypeAlias = Callable[[str], str]  # a word of the present, as it is in a sentence

_PAST: Mapping[str, str] = {
    "are": "were",
    "does not": "did not",
    "end": "ended",
    "ends": "ended",
    "explains": "explained",
    "fails": "failed",
    "is": "was",
    "may": "might",
    "no longer run": "did not run",
    "no longer runs": "did not run",
    "pass": "passed",
    "passes": "passed",
    "since": "from",
    "take": "took",
    "takes": "took",
    "wait": "waited",
}


def present(word: str) -> str:
    return word


def past(word: str) -> str:
    return _PAST[word]


def in_tense(say: Callable[[Said], str], *, over: bool) -> dict[str, str]:
    """`sentence` is what holds by now, `past` what will hold once it is over."""
    return {"sentence": say(past if over else present), "past": say(past)}


def as_over(document: Mapping[str, Any], build: Mapping[str, Any], status: str) -> dict[str, Any]:
    """What was open, from that build on. What was kept before it had a past stays as it was told."""
    own = document.get("past")
    of = document.get("shared") or (document.get("part_of") or {}).get("shared")
    said = {"own_sentence": own, "sentence": of.get("past")} if of else {"sentence": own}
    told = {name: sentence for name, sentence in said.items() if sentence}
    return {**document, **told, "over_since": build, "status": status}


def shared_sentence(document: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    """What a finding says of all that share its cause."""
    name = "past" if document["over_since"] and "past" in shared else "sentence"
    return str(shared[name])
