"""What a check of a pull request's commit says: how long its builds take beside those of the base branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from buildtimetrend import text
from buildtimetrend.alerts.compared import Compared
from buildtimetrend.alerts.plain import plain
from buildtimetrend.alerts.pull_request import comment, over
from buildtimetrend.alerts.pull_requests import Comparison

Conclusion: TypeAlias = Literal["success", "neutral", "failure"]

LONGEST = 60_000  # characters of a summary: GitHub takes 65,535
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Check:
    """`summary` is Markdown, `title` a plain line."""

    name: str
    conclusion: Conclusion
    title: str
    summary: str

    @property
    def output(self) -> dict[str, str]:
        return {"title": self.title, "summary": self.summary}

    def is_as(self, stands: dict[str, Any]) -> bool:
        """Whether a check that GitHub lists says the same."""
        output = stands.get("output")
        said = output if isinstance(output, dict) else {}
        same = all(_same(said.get(name), value) for name, value in self.output.items())
        return same and stands.get("conclusion") == self.conclusion and stands.get("status") == "completed"


def check(of: Comparison, slower: Conclusion) -> Check:
    """`slower` is concluded where builds take longer than the rules allow."""
    found, name = of.found, name_of(of.pipeline_name)
    body = comment(found, of.base, of.links) if of.is_told else None
    if body is None:
        return Check(name, "success", f"Within noise: {_beside(found, of.base)}", over(found, of.base))
    longer = found.wall.difference > 0
    more = f"{text.duration(abs(found.wall.difference))} {'longer' if longer else 'less'}"
    title = f"Takes {more}: {_beside(found, of.base)}"
    return Check(name, slower if longer else "success", title, body[:LONGEST])


def name_of(pipeline: str) -> str:
    return f"CI time: {plain(pipeline, LONGEST_NAME)}" if pipeline.strip() else "CI time"


def _beside(found: Compared, base: str) -> str:
    usual = found.wall.band.usual if found.wall.band else 0.0
    return f"{text.duration(found.wall.seconds)}, {text.duration(usual)} usual on {plain(base, 100)}"


def _same(stands: object, wanted: str) -> bool:
    return isinstance(stands, str) and stands.replace("\r\n", "\n").strip() == wanted.strip()
