"""In which order people are told what changed."""

from __future__ import annotations

from buildtimetrend.web.analysis.telling_order import in_order


def test_what_is_worse_and_not_over_comes_first() -> None:
    over = {"worse": True, "over_since": {"build_id": "60"}}
    faster = {"worse": False, "over_since": None}
    still = {"worse": True, "over_since": None}
    assert in_order([faster, over, still]) == [still, faster, over]
