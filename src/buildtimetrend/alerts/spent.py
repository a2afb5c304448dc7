"""What worker time was spent on, as a sentence."""

from __future__ import annotations

from buildtimetrend import text
from buildtimetrend.waste.spent import KINDS, Sum

WORDS = {
    "failed": "failed jobs",
    "repeated": "jobs that ran again on the same commit",
    "superseded": "builds that a newer one overtook",
    "canceled": "canceled jobs",
}


def sentence(of: Sum, currency: str) -> str:
    """`3 h 20 m of 18 h of worker time came to nothing (19 %), most of it in failed jobs (2 h 5 m). It cost
    12.40 EUR of 66.00.`
    """
    if not of.seconds:
        return "No job ran."
    if not of.wasted:
        said = f"All of {text.duration(of.seconds)} of worker time came to something."
    else:
        most = max(KINDS, key=lambda kind: of.of.get(kind, 0.0))
        said = (
            f"{text.duration(of.wasted)} of {text.duration(of.seconds)} of worker time came to nothing "
            f"({of.share:.0f} %), most of it in {WORDS[most]} ({text.duration(of.of[most])})."
        )
    if of.cost is None or of.wasted_cost is None:
        return said
    unit = f" {currency}" if currency else ""
    return f"{said} That cost {of.wasted_cost:.2f}{unit} of {of.cost:.2f}{unit}."
