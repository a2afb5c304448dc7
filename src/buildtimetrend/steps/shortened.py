"""A command as a sentence bears it: a person reads what it does, not all of its options."""

from __future__ import annotations

from buildtimetrend.steps.commands import ELLIPSIS, first_line

LONGEST = 60  # characters


def shortened(command: str) -> str:
    """Of several lines the first that does something; of a long one the words that fit, and an ellipsis.

    Sentences have it on pages, in the API and in all that is sent: people look for one by the other. What it
    is in full stands on the pages of the finding and of the step, and in the API's `step`.
    """
    line = " ".join(first_line(command).split())
    if len(line) <= LONGEST:
        return line
    words = line[: LONGEST - 1].rpartition(" ")[0]
    return f"{words} {ELLIPSIS}" if len(words) > LONGEST / 2 else f"{line[: LONGEST - 1]}{ELLIPSIS}"
