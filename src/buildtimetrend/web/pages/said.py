"""Who changed something on a page, and why: fields that forms have in common."""

from __future__ import annotations

from collections.abc import Mapping

from buildtimetrend.errors import BadRequest

_MOST = {"why": 1000, "by": 100}  # characters


def by_whom(fields: Mapping[str, str]) -> tuple[str, str | None]:
    """Who, as they call themselves, and why. Raises `BadRequest` for what is too long."""
    said = {name: fields.get(name, "").strip() for name in _MOST}
    for name, most in _MOST.items():
        if len(said[name]) > most:
            raise BadRequest(f"{name} has more than {most} characters.", detail=name)
    return said["by"] or "somebody", said["why"] or None
