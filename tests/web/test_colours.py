"""Scripts draw with the colours of the style sheet."""

from __future__ import annotations

import re
from importlib import resources

STATIC = resources.files("buildtimetrend.web") / "static"


def test_every_colour_that_scripts_name_is_one_of_the_style_sheet() -> None:
    tokens = set(re.findall(r"^ *--([a-z0-9-]+):", (STATIC / "css" / "base.css").read_text(), re.MULTILINE))
    charts = [path.read_text() for path in (STATIC / "js" / "charts").iterdir() if path.name.endswith(".js")]
    named = {name for text in charts for name in re.findall(r'colour\("([a-z0-9-]+)"\)', text)}
    assert {"grid", "muted"} <= named <= tokens
