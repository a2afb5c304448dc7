"""What a job's name says by itself: GitHub shows the values of its matrix behind it, in brackets.

`caller / callee (3.12, ubuntu)` is the job `caller / callee`. Values may hold commas and brackets, and a name
may be cut; only the workflow's file knows better (`workflows/`).
"""

from __future__ import annotations

from buildtimetrend.model import Matrix

LONGEST = 100  # characters of a name: longer ones are cut, and end in three dots
CUT = "..."


def named(shown: str) -> tuple[str, Matrix]:
    """Name and matrix. The values are called by their place, as long as nobody knows the keys."""
    name, inside = split(shown)
    if inside is None:
        return shown, Matrix()
    return name, Matrix(inside, {str(place): value for place, value in enumerate(values_of(inside), 1)})


def split(shown: str) -> tuple[str, str | None]:
    """The name, and what stands in the brackets at its end, which may hold others; None without them."""
    if not shown.endswith(")"):
        return shown, None
    depth = 0
    for place in range(len(shown) - 1, 0, -1):
        depth += {")": 1, "(": -1}.get(shown[place], 0)
        if depth == 0:
            inside = shown[place + 1 : -1]
            return (
                (shown[: place - 1], inside)
                if shown[place - 1] == " " and inside and place > 1
                else (shown, None)
            )
    return shown, None


def values_of(inside: str) -> list[str]:
    """Between commas that are in no brackets themselves."""
    found, depth = [""], 0
    for place, character in enumerate(inside):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        if depth <= 0 and character == "," and inside[place + 1 : place + 2] == " ":
            found.append("")
        else:
            found[-1] += character
    return [value.strip() for value in found]


def is_cut(shown: str) -> bool:
    return shown.endswith(CUT) and len(shown) >= LONGEST
