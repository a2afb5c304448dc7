"""A budget as the settings have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from buildtimetrend.setting import Substrings, setting

What: TypeAlias = Literal["wall_time", "queue_time", "success"]
OfBranches: TypeAlias = Literal["all", "default", "pull_requests", "others"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Of the builds of each pipeline that it is for, `share` percent are to be within it."""

    name: str = ""
    what: What = setting(
        "wall_time",
        "budgets.what",
        "wall_time: how long builds take that pass; queue_time: the median wait of a build's jobs for a "
        "worker; success: whether builds pass.",
    )
    within: Annotated[float, Field(ge=0, le=30 * 24 * 3600)] = setting(
        0.0, "budgets.within", "Seconds that it may take; not of success."
    )
    share: Annotated[float, Field(ge=1, le=99.9)] = setting(
        95.0, "budgets.share", "Percent of the builds that are to be within it, or to pass."
    )
    branches: OfBranches = setting(
        "all", "budgets.branches", "Whose builds: all, default (branch), pull_requests or others."
    )
    repos: Substrings = setting(
        (), "budgets.repos", "Only repos whose name contains one of these; unset: all."
    )
    pipelines: Substrings = setting(
        (), "budgets.pipelines", "Only pipelines whose name contains one of these; unset: each of them."
    )

    @property
    def allowed(self) -> float:
        """The share of builds that may be beyond it, from 0 to 1."""
        return 1 - self.share / 100

    def is_for(self, repo: str, pipeline: str) -> bool:
        return _one_of(self.repos, repo) and _one_of(self.pipelines, pipeline)


def _one_of(parts: tuple[str, ...], name: str) -> bool:
    return not parts or any(part.lower() in name.lower() for part in parts)
