"""By which change a page tells what wall time is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.node import answers

pytestmark = pytest.mark.servers

OPEN = {"label": "open", "seconds": 27, "before": None, "over": None}
OPEN_MOVED = {"label": "open, moved wall time", "seconds": -20, "before": 324, "over": None}
OVER_MOVED = {"label": "over, moved wall time", "seconds": 90, "before": 324, "over": 5}
HUGE = {"label": "of a job that nobody waits for", "seconds": 100_000_000, "before": None, "over": None}
LARGER = {"label": "larger", "seconds": 30, "before": 324, "over": None}


def test_what_moved_wall_time_goes_before_what_is_larger_in_a_job_that_nobody_waits_for(
    tmp_path: Path,
) -> None:
    asked = [[OPEN, OVER_MOVED, OPEN_MOVED], [OPEN_MOVED, LARGER], [OVER_MOVED, OPEN], [HUGE, OPEN_MOVED], []]
    imported = ("format.js", "charts/colours.js", "charts/palette.js")
    calls = [("foremost", changes) for changes in asked]
    assert answers(tmp_path, "charts/kinds/flags.js", calls, *imported) == [
        OPEN_MOVED,
        LARGER,
        OPEN,
        OPEN_MOVED,
        None,
    ]
