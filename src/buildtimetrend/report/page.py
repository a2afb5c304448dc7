"""The report as one HTML file: styles and pictures within, no scripts, and what strangers wrote escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jinja2

from buildtimetrend import text
from buildtimetrend.alerts.kinds import is_worse
from buildtimetrend.providers.addresses import web_address
from buildtimetrend.report.contents import Contents, Row
from buildtimetrend.report.picture import wall_time
from buildtimetrend.web.analysis import picture
from buildtimetrend.web.analysis.waterfall import axis, job_bars
from buildtimetrend.web.http.templating import ENVIRONMENT

_ENVIRONMENT = ENVIRONMENT.overlay(
    loader=jinja2.ChoiceLoader(
        [jinja2.PackageLoader("buildtimetrend.report"), jinja2.PackageLoader("buildtimetrend.web")]
    )
)
FEW = 20  # 95 % within: of fewer builds it says nothing


def render(contents: Contents, now: datetime | None = None) -> str:
    now = now or datetime.now(UTC)
    return _ENVIRONMENT.get_template("report.html").render(
        of=contents,
        headline=_headline(contents),
        figures=_figures(contents),
        picture=wall_time(contents),
        plot=picture,
        link=_link,
        is_worse=is_worse,
        latest=_waterfall(contents.latest, now),
        now=now,
    )


def _link(url: str | None) -> str | None:
    return url if web_address(url) else None


def _headline(contents: Contents) -> str:
    """The newest finding that makes builds slower and is not over; else that there is none."""
    open_ = [row for row in contents.findings if is_worse(row) and not row["over_since"]]
    if open_:
        return f"{open_[0]['sentence']} {open_[0]['status']}"
    if not contents.looked_at:
        return "No build passed, so nothing can be said of what takes how long."
    looked_at = text.counted(contents.looked_at, "build")
    return f"No lasting slowdown in the {looked_at} that passed since {contents.since:%Y-%m-%d}."


def _figures(contents: Contents) -> list[tuple[str, str]]:
    passed = sorted(row["duration"] for row in contents.builds if _has_passed(row))
    counted = [row for row in contents.builds if row["result"] in ("passed", "failed", "errored")]
    share = f"{len([row for row in counted if row['result'] == 'passed'])} of {len(counted)}"
    few = f"too few to tell: {len(passed)}"
    return [
        ("Median wall time", text.duration(passed[len(passed) // 2]) if passed else text.UNKNOWN),
        ("95 % within", text.duration(passed[int(0.95 * len(passed))]) if len(passed) >= FEW else few),
        ("Builds passed", share),
        ("Worker time", text.duration(contents.pipeline["job_time"])),
    ]


def _has_passed(row: Row) -> bool:
    return row["result"] == "passed" and row["duration"] is not None


def _waterfall(latest: Row, now: datetime) -> dict[str, Any]:
    """Each job with its bars on one axis; none where nothing began."""
    build, jobs = latest["build"], latest["jobs"]
    on = axis(build, jobs, now)
    rows = [(job, job_bars(on, job, now)) for job in jobs] if on else []
    return {"build": build, "rows": rows, "ticks": on.ticks() if on else []}
