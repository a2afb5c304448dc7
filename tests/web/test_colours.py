"""Colours of charts, in both schemes: what is drawn stands out from its panel, and no two series look alike.

Reckoned from the tokens of the style sheet and from who uses them; tests/browser/test_drawn.py reads what is
on the screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from itertools import combinations

import pytest

from tests.web.contrast import contrast, difference

STATIC = resources.files("buildtimetrend.web") / "static"
CSS = (STATIC / "css" / "base.css").read_text("utf-8")
PALETTE = (STATIC / "js" / "charts" / "palette.js").read_text("utf-8")
TOKENS = dict(re.findall(r"^ *--([a-z0-9-]+): ([^;]+);", CSS, re.MULTILINE))
SCHEMES = ("light", "dark")
MARK, TEXT = 3.0, 4.5  # contrast that WCAG 2.2 asks for
ALIKE = 15.0  # CIEDE2000, where neighbours of a legend begin to be taken for each other


def colour(token: str, scheme: str) -> str:
    """As `#rrggbb`."""
    value = TOKENS[token]
    if same := re.fullmatch(r"var\(--([a-z0-9-]+)\)", value):
        return colour(same[1], scheme)
    pair = re.fullmatch(r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", value)
    assert pair, f"--{token}: {value}"
    return pair[1 + SCHEMES.index(scheme)]


def palette(name: str) -> list[str]:
    """The tokens of a list of js/charts/palette.js."""
    body = re.search(rf"^export const {name} = [\[{{](.*?)[\]}}];", PALETTE, re.MULTILINE | re.DOTALL)
    assert body, name
    return re.findall(r'"([a-z0-9-]+)"', body[1])


def fills() -> list[str]:
    """The tokens of the bars of a build, but of what is neither waiting nor a step: that is never alone."""
    css = (STATIC / "css" / "bars.css").read_text("utf-8")
    return ["t-wait", *re.findall(r"\n\.bar-[a-z_]+ \{\s*fill: var\(--([a-z0-9-]+)\);", css)]


CHARTS = {
    "lines with single builds": [*palette("LINES"), *palette("POINTS")],
    "what wall time is made of": palette("PARTS"),
    "results": palette("RESULTS"),
    "columns by result": [*palette("RESULTS"), "running"],
    "names": palette("NAMES"),
    "heat map": palette("HEAT"),
    "a build": fills(),
}


def pairs() -> Iterator[tuple[str, str, str, str]]:
    for chart, tokens in CHARTS.items():
        for scheme in SCHEMES:
            for one, other in combinations(tokens, 2):
                yield chart, scheme, one, other


def test_charts_are_read_whole() -> None:
    assert {chart: len(tokens) for chart, tokens in CHARTS.items()} == {
        "lines with single builds": 8,
        "what wall time is made of": 5,
        "results": 5,
        "columns by result": 6,
        "names": 10,
        "heat map": 2,
        "a build": 4,
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("chart", CHARTS)
def test_everything_that_is_drawn_stands_out_from_its_panel(chart: str, scheme: str) -> None:
    surface = colour("surface", scheme)
    found = {token: contrast(colour(token, scheme), surface) for token in CHARTS[chart]}
    assert not {token: value for token, value in found.items() if value < MARK}


def test_no_two_series_of_a_chart_look_alike() -> None:
    found = {
        (chart, scheme, one, other): difference(colour(one, scheme), colour(other, scheme))
        for chart, scheme, one, other in pairs()
    }
    assert not {pair: value for pair, value in found.items() if value < ALIKE}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", ["surface", "page"])
def test_what_is_read_can_be_read(scheme: str, ground: str) -> None:
    read = ["text", "muted", "accent", "warning", *palette("RESULTS"), "running"]
    found = {token: contrast(colour(token, scheme), colour(ground, scheme)) for token in read}
    assert not {token: value for token, value in found.items() if value < TEXT}


def test_every_colour_that_scripts_name_is_one_of_the_style_sheet() -> None:
    charts = STATIC / "js" / "charts"
    scripts = [path for folder in (charts, charts / "kinds") for path in folder.iterdir() if path.is_file()]
    named = {
        name for path in scripts for name in re.findall(r'colour\("([a-z0-9-]+)"\)', path.read_text("utf-8"))
    }
    listed = {
        token for name in ("LINES", "PARTS", "RESULTS", "POINTS", "NAMES", "HEAT") for token in palette(name)
    }
    assert {"grid", "muted", "passed"} <= named
    assert named | listed <= TOKENS.keys()


def test_no_style_sheet_names_a_token_that_there_is_not() -> None:
    sheets = [path.read_text("utf-8") for path in (STATIC / "css").iterdir() if path.name.endswith(".css")]
    used = {name for text in sheets for name in re.findall(r"var\(--([a-z0-9-]+)\)", text)}
    own = {name for text in sheets for name in re.findall(r"@property --([a-z0-9-]+)", text)}
    assert used <= TOKENS.keys() | own
