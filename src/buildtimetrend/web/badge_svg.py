"""A badge as SVG. badgepy loads `requests`, which nothing else needs: imported when a badge is drawn."""

from __future__ import annotations

import io
from functools import cache
from importlib import resources

from badgepy import badge as svg_of
from badgepy.precalculated_text_measurer import PrecalculatedTextMeasurer


def drawn(label: str, message: str, colour: str) -> bytes:
    title = f"{label}: {message}"
    svg: str = svg_of(label, message, right_color=colour, whole_title=title, measurer=_measurer())
    return svg.encode()


@cache
def _measurer() -> PrecalculatedTextMeasurer:
    # The library's own way to these widths is deprecated in Python 3.11.
    widths = resources.files("badgepy").joinpath("default-widths.json").read_text(encoding="utf-8")
    return PrecalculatedTextMeasurer.from_json(io.StringIO(widths))
