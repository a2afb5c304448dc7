"""What a panel says of a chart that has too many rows to draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.web.node import answers

pytestmark = pytest.mark.servers


def said(folder: Path, *panels: list[dict[str, Any]]) -> list[str]:
    return answers(folder, "charts/chosen.js", [("chosen", panel) for panel in panels], "format.js")


def test_a_panel_says_how_many_builds_of_how_many_it_draws(tmp_path: Path) -> None:
    times = {"chart": "build_times", "shown": None, "of": None}
    assert said(
        tmp_path,
        [times, {"chart": "build_points", "shown": 1500, "of": 48210}],
        [times, {"chart": "build_points", "shown": 12, "of": 12}],
        [{"chart": "build_points", "shown": 0, "of": 0}],
        [{"chart": "an older answer"}],
    ) == ["1,500 of 48,210 builds are drawn.", "", "", ""]
