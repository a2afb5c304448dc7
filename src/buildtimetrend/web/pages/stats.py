"""`/stats`: how much the service is used, and how it keeps up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from buildtimetrend.web.analysis import usage
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.reasons import troubles
from buildtimetrend.web.analysis.work import Work
from buildtimetrend.web.pages.frame import query
from buildtimetrend.web.params import Parameters

REASONS = 10


def view(data: Data, work: Work, parameters: Parameters) -> dict[str, Any]:
    """What the template shows; panels fetch their charts, and without scripts lead to their tables."""
    statistics = data.statistics(parameters)
    asked = parameters.range(datetime.now(UTC))
    failed = [(one["reason"], one["failed"]) for one in troubles(work.troubles()) if one["failed"]]
    return {
        "statistics": statistics,
        "built": len({row["repo"] for row in statistics["projects"] if row["builds"]}),
        "reasons": failed[:REASONS],
        "query": query(parameters.unfiltered()),
        "panels": [
            *(
                {"chart": name, "title": chart.title, "help": chart.help, "kind": "stack", "width": "half"}
                for name, chart in usage.OVER_TIME.items()
            ),
            {
                "chart": usage.PROJECTS,
                "title": usage.PROJECTS_TITLE,
                "help": usage.PROJECTS_HELP,
                "kind": "shares",
                "width": "half",
            },
        ],
        "tables": [usage.draw(name, statistics, *asked) for name in (usage.PROJECTS, "languages")],
    }
