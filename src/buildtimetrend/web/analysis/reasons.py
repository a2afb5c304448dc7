"""Why builds could not be fetched; what is said of many alike is said once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

SHOWN = 10
MOST = 20
LEFT_OUT = "…"

# Words with a digit, which name one build, job, page or time. What a CI answers with tells kinds apart.
_NAMING = re.compile(
    r"(?P<status>\b(?:answered|HTTP|status)[ :]+\d{3}\b|\(\d{3}\))|\b(?P<word>[\w-]*\d(?:[\w.,:-]*\w)?)"
)


@dataclass(slots=True)
class _Kind:
    """Reasons that differ only in what they name: what is between; of each place what all name, or None."""

    between: tuple[str, ...]
    named: list[str | None]
    after_build: list[bool]
    builds: int = 0
    row: dict[str, Any] = field(default_factory=dict)

    def note(self, named: Iterable[str], builds: int) -> None:
        self.named = [a if a == b else None for a, b in zip(self.named, named, strict=True)]
        self.builds += builds

    def said(self, number: str | None) -> str:
        """`number` is that of one of several builds: the reason is not of it alone."""
        several = self.builds > 1
        words = [
            ("of that number" if build else LEFT_OUT)
            if word is None or (several and build and word == number)
            else word
            for word, build in zip(self.named, self.after_build, strict=True)
        ]
        pieces = [part for pair in zip(self.between, [*words, ""], strict=True) for part in pair]
        return "".join(pieces)


def _taken_apart(reason: str, repo: str | None) -> tuple[tuple[str, ...], list[str]]:
    """What is between the words that name something, one piece more than words; and those words."""
    between, named, end = [""], [], 0
    pattern = _NAMING if not repo else re.compile(f"(?P<repo>{re.escape(repo)})|{_NAMING.pattern}")
    for found in pattern.finditer(reason):
        if found["status"]:
            continue
        between[-1] += reason[end : found.start()]
        named.append(found[0])
        between.append("")
        end = found.end()
    between[-1] += reason[end:]
    return tuple(between), named


def _kind_of(kinds: dict[Any, _Kind], state: str, row: Mapping[str, Any], builds: int) -> _Kind:
    between, named = _taken_apart(row["reason"] or "unknown", row.get("repo"))
    kind = kinds.get((state, between))
    if kind is None:
        after_build = [bool(re.search(r"\b[Bb]uild $", piece)) for piece in between[:-1]]
        kind = kinds[state, between] = _Kind(between, list(named), after_build)
    kind.note(named, builds)
    return kind


def grouped(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `reads.import_reasons` by their kind, which is what they say without what they name:
    `reason`, `state` (failed, or waiting for another try), `builds`, the `number` of one of them, and
    `next_try_at`. The most frequent first, `SHOWN` of them.
    """
    kinds: dict[Any, _Kind] = {}
    for row in rows:
        state = "failed" if row["state"] == "failed" else "waiting"
        kind = _kind_of(kinds, state, row, row["builds"])
        due = row["due_at"] if state == "waiting" else None
        earliest = _earlier(kind.row.get("next_try_at"), due)
        kind.row = {"state": state, "number": row["number"], "next_try_at": earliest}
    found = [
        kind.row | {"builds": kind.builds, "reason": kind.said(kind.row["number"])} for kind in kinds.values()
    ]
    return sorted(found, key=lambda one: (one["state"] != "failed", -one["builds"]))[:SHOWN]


def troubles(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `reads.troubles` by their kind: `reason`, how many `failed` and how many are `waiting`, and
    the `repos`. Those that failed first, then the most frequent, `MOST` of them.
    """
    kinds: dict[Any, _Kind] = {}
    for row in rows:
        kind = _kind_of(kinds, "", row, row["failed"] + row["waiting"])
        known = kind.row or {"failed": 0, "waiting": 0, "repos": set()}
        kind.row = {
            "failed": known["failed"] + row["failed"],
            "waiting": known["waiting"] + row["waiting"],
            "repos": known["repos"] | {row["repo"]},
            "number": row["number"],
        }
    ordered = sorted(kinds.values(), key=lambda kind: (-kind.row["failed"], -kind.row["waiting"]))[:MOST]
    return [
        {
            "reason": kind.said(kind.row["number"]),
            "failed": kind.row["failed"],
            "waiting": kind.row["waiting"],
            "repos": sorted(kind.row["repos"]),
        }
        for kind in ordered
    ]


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
