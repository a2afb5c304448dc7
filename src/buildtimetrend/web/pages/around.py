"""The builds on both sides of where a finding began, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from buildtimetrend import text
from buildtimetrend.store.reads.branches import Branches
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.mini_bars import with_bars
from buildtimetrend.web.params import Parameters

EACH = 5  # builds of a side
MOST = 200  # that are read for those since it began: the oldest of them are meant
LEAST = timedelta(days=1)
ENDS = timedelta(hours=6)  # nearly every build that began earlier has ended by then


def around(data: Data, repo: str, finding: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The newest first, each with its verdict and its bars; none of what is not about seconds.

    A range is of when builds ended, and a finding says when its first one began: so it is told by that.
    """
    if finding["unit"] == "%":
        return []
    began = _instant(finding["since"]["started_at"])
    before = [build for build in _builds(data, repo, finding, None, began + ENDS) if _began(build) < began][
        :EACH
    ]
    took = began - _began(before[-1]) if before else LEAST
    later = _builds(data, repo, finding, began, began + 2 * took + ENDS)
    since = [build for build in later if _began(build) >= began][-EACH:]
    return with_bars(data.judged(repo, [*since, *before]))


def _builds(
    data: Data, repo: str, finding: Mapping[str, Any], since: datetime | None, until: datetime
) -> list[dict[str, Any]]:
    """Of those that it was found in, the ones that passed: others are compared with nothing."""
    branch = finding["since"]["branch"] if finding["branches"] == Branches.DEFAULT else None
    asked = {
        "since": text.iso(since or until - timedelta(days=365)),
        "until": text.iso(until),
        "filter_build_result": "passed",
        "filter_branch": branch,
        "filter_pipeline": finding["pipeline"] or None,
    }
    return data.builds(repo, Parameters.model_validate(asked), MOST, 0)


def _began(build: Mapping[str, Any]) -> datetime:
    began: datetime = build["started_at"] or build["finished_at"]
    return began


def _instant(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
