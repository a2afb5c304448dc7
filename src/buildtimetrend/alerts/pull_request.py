"""The comment on a pull request: how long its builds take beside those of its base branch, in Markdown.

GitHub and GitLab read it alike. Within noise there is none; one that stands already says that it is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from buildtimetrend import text
from buildtimetrend.alerts.compared import Band, Compared, Row
from buildtimetrend.alerts.plain import plain
from buildtimetrend.model import Build
from buildtimetrend.steps import shortened

MOST_JOBS = 40
_NUMBER = re.compile(r"[0-9A-Za-z.]{1,20}", re.ASCII)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Links:
    """Of this service; empty where its address is not known."""

    build: str = ""
    compare: str = ""


def comment(found: Compared, base_branch: str, links: Links) -> str | None:
    """None where the difference is within noise."""
    if not found.wall.is_beyond:
        return None
    parts = (
        f"### {_heading(found)}",
        "\n".join(_table(found, base_branch)),
        _evidence(found, base_branch),
        _by_job(found),
        _footer(found, base_branch, links),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def over(found: Compared, base_branch: str) -> str:
    """What takes the place of a comment that is no longer so."""
    band = _band(found)
    return (
        f"CI takes as long as on {code(base_branch)} again: {text.duration(found.wall.seconds)}, "
        f"usual {text.duration(band.usual)}{_of_commit(found)}.\n"
    )


def code(name: str) -> str:
    """A stranger's word as code: in it nothing is markup, and nobody is mentioned, also within a table."""
    shown = plain(name, 200).replace("|", "\\|") or "?"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence, blank = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{blank}{shown}{blank}{fence}"


def _heading(found: Compared) -> str:
    slower = found.wall.difference > 0
    size = text.duration(abs(found.wall.difference))
    return f"CI is {size} {'slower' if slower else 'faster'} with this pull request{_because(found)}"


def _because(found: Compared) -> str:
    if found.what == "step" and found.cause_row:
        return f": {code(shortened(found.cause))} takes {_more(found.cause_row)}{_in_jobs(found)}"
    if found.what == "waiting" and found.waiting:
        return f": jobs wait {_more(found.waiting)} for a worker"
    if found.what == "job" and found.cause_row:
        return f": job {code(found.cause)} takes {_more(found.cause_row)}"
    return "; no step, job or wait explains half of it"


def _more(row: Row) -> str:
    return f"{text.duration(abs(row.difference))} {'longer' if row.difference > 0 else 'less'}"


def _in_jobs(found: Compared) -> str:
    jobs = len(found.cause_jobs)
    if found.of_jobs == 1:
        return ""
    if jobs == 1:
        return f" in {code(found.cause_jobs[0])}"
    if jobs < found.of_jobs:
        return f" in {jobs} of {found.of_jobs} jobs"
    return " in both jobs" if jobs == 2 else f" in all {_number(jobs)} jobs"


def _table(found: Compared, base_branch: str) -> Iterator[str]:
    yield f"| | this pull request | {code(base_branch)}, usual | |"
    yield "|---|--:|--:|---|"
    wall, band = found.wall, _band(found)
    share = text.signed(100 * wall.difference / band.usual)
    yield (
        f"| **Wall time** | **{text.duration(wall.seconds)}** | {text.duration(band.usual)} "
        f"| **{_arrow(wall)} {text.difference(wall.difference)}** ({share}) |"
    )
    if found.what == "step" and found.cause_row:
        yield _line(f"{code(found.cause)} in {_job(found)}", found.cause_row)
    if found.what == "job" and found.cause_row:
        yield _line(f"job {code(found.cause)}", found.cause_row)
    if found.waiting:
        yield _line("waiting for a worker", found.waiting)
    if found.others:
        other = "other step" if found.what == "step" else "step"
        where = "" if found.what == "step" else f" of {_job(found)}"
        yield _line(f"{text.counted(found.other_steps, other)}{where}", found.others)


def _job(found: Compared) -> str:
    last = ", which ends last" if found.cause_job == found.last and len(found.jobs) > 1 else ""
    return f"{code(found.cause_job)}{last}"


def _line(title: str, row: Row) -> str:
    usual = text.duration(row.band.usual) if row.band else text.UNKNOWN
    return f"| {title} | {text.duration(row.seconds)} | {usual} | {_verdict(row)} |"


def _verdict(row: Row) -> str:
    if row.band is None:
        return "too few to compare"
    return f"{_arrow(row)} {text.difference(row.difference)}" if row.is_beyond else "within noise"


def _arrow(row: Row) -> str:
    return "\N{BLACK UP-POINTING TRIANGLE}" if row.difference > 0 else "\N{BLACK DOWN-POINTING TRIANGLE}"


def _evidence(found: Compared, base_branch: str) -> str:
    band, showing, builds = _band(found), len(found.showing), len(found.builds)
    said = (
        f"Beyond what chance does to 19 of 20 builds of {code(base_branch)} "
        f"({text.duration(band.low)} {text.EN_DASH} {text.duration(band.high)})."
    )
    numbers = ", ".join(_named(build) for build in found.showing[-10:])
    if builds == 1:
        return f"{said} It is the only build of this pull request so far that passed: {numbers}."
    if showing < builds:
        return f"{said} {showing} of {builds} builds of this pull request show it: {numbers}."
    every = "Both" if builds == 2 else f"All {_number(builds)}"
    return f"{said} {every} builds of this pull request show it: {numbers}."


def _by_job(found: Compared) -> str:
    if len(found.jobs) < 2:
        return ""
    rows = [_line(code(name), row) for name, row in sorted(found.jobs.items())]
    more = [f"\n{len(rows) - MOST_JOBS} further jobs are not shown."] if len(rows) > MOST_JOBS else []
    head = ["| job | this pull request | usual | |", "|---|--:|--:|---|"]
    table = "\n".join([*head, *rows[:MOST_JOBS], *more])
    return f"<details><summary>By job</summary>\n\n{table}\n\n</details>"


def _footer(found: Compared, base_branch: str, links: Links) -> str:
    latest = found.base[-1].finished_at or found.base[-1].started_at
    parts = [
        f"[Compare with the base branch]({links.compare})" if links.compare else "",
        f"[build {_named(found.build)}]({links.build})" if links.build else f"build {_named(found.build)}",
        f"usual: the {len(found.base)} passed builds of {code(base_branch)} until {_when(latest)}",
        f"kept up to date{_of_commit(found, ' for ')}",
        "quiet while within noise",
    ]
    return f"<sub>{' · '.join(part for part in parts if part)}</sub>"


def _named(build: Build) -> str:
    return f"#{build.number}" if _NUMBER.fullmatch(build.number) else code(build.number)


def _of_commit(found: Compared, before: str = "") -> str:
    commit = (found.build.commit or "")[:7]
    if not commit.isalnum():
        return ""
    return f"{before}{commit}" if before else f" ({commit})"


def _band(found: Compared) -> Band:
    assert found.wall.band is not None  # else there is no comparison
    return found.wall.band


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _when(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC" if at else "now"
