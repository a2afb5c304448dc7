"""Wall time of a report's builds, as a picture."""

from __future__ import annotations

from datetime import datetime

from buildtimetrend import text
from buildtimetrend.alerts.kinds import kind_of
from buildtimetrend.providers.addresses import web_address
from buildtimetrend.report.contents import Contents, Row
from buildtimetrend.web.analysis.picture import Change, Picture, Value, picture

FLAGS = 3


def wall_time(contents: Contents) -> Picture | None:
    """None where no build has a duration."""
    builds = [row for row in contents.builds if row["duration"] is not None]
    changes = [_change(row) for row in _largest(contents)]
    values = [_value(row) for row in builds]
    return picture("build", values, contents.medians, changes, (contents.since, contents.until))


def _value(row: Row) -> Value:
    at, seconds = row["finished_at"], row["duration"]
    number = row["number"] or row["build_id"]
    said = f"{number} · {text.duration(seconds)} · {row['result']} · {at:%Y-%m-%d %H:%M} UTC"
    return Value(at, seconds, row["result"], said, row["url"] if web_address(row["url"]) else None)


def _largest(contents: Contents) -> list[Row]:
    """Of the findings that are of what is drawn."""
    of_it = [
        row
        for row in contents.findings
        if row["pipeline"] == contents.pipeline["reference"] and kind_of(row) == "duration"
    ]
    return sorted(of_it, key=lambda row: -abs(row["after"] - row["before"]))[:FLAGS]


def _change(row: Row) -> Change:
    seconds = row["after"] - row["before"]
    at = datetime.fromisoformat(row["since"]["started_at"])
    return Change(at, f"{row['since']['number']} {text.difference(seconds)}", seconds)
