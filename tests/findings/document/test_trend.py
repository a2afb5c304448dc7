"""The few values around a finding: where it began, and where it was over, is between two of them."""

from __future__ import annotations

from dataclasses import replace

from buildtimetrend.findings.changes.moves import Move
from buildtimetrend.findings.document.trend import MOST, trend
from buildtimetrend.findings.finding import Cause, Finding
from buildtimetrend.findings.series import Thing
from buildtimetrend.web.analysis.sparkline import around


def _finding(place: int, over: int | None = None) -> Finding:
    move = Move(Thing("wall"), place, place, place, 60.0, 90.0, 0.99)
    return Finding(Cause("wall", (move,)), place, place, place, move, (), over_since=over)


def _took(*levels: tuple[int, float]) -> list[dict[str, float]]:
    return [{"duration": seconds} for builds, seconds in levels for _ in range(builds)]


def test_levels_are_not_mixed_where_it_began_and_ended() -> None:
    found = trend(_finding(203, 301), _took((203, 60.0), (98, 90.0), (99, 61.0)))
    assert found
    values, since, over = found["values"], found["since"], found["over"]
    assert (set(values[:since]), set(values[since:over]), set(values[over:])) == ({60.0}, {90.0}, {61.0})
    assert MOST <= len(values) <= MOST + 3


def test_one_that_holds_has_no_end_and_few_builds_have_no_trend() -> None:
    found = trend(_finding(6), _took((6, 60.0), (4, 90.0)))
    assert found == {"values": [60.0] * 6 + [90.0] * 4, "since": 6, "over": None}
    assert trend(_finding(4), _took((4, 60.0), (3, 90.0))) is None
    assert trend(replace(_finding(6), wall=None), _took((6, 60.0), (4, 90.0))) is None


def test_a_line_goes_on_through_its_parts() -> None:
    line = around({"values": [60.0, 60.0, 90.0, 90.0, 60.0], "since": 2, "over": 4})
    assert line
    before, held, after = (part[1:].split("L") for part in (line.before, line.held, line.after))
    assert (before[-1], held[-1]) == (held[0], after[0])
    assert (line.mark, f"{line.x} {line.y}") == (float(held[1].split()[0]), after[-1])
    assert around(None) is None
    open_still = around({"values": [60.0, 90.0], "since": 1, "over": None})
    assert open_still
    assert open_still.after == ""
