"""Whether Travis CI has filled in all of a build: it says `passed` some seconds before it says when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import Build, Job, Result

# No job runs longer: what is still missing then will never come.
_SETTLED_AFTER = timedelta(hours=12)


def require_complete(build: Build, committed_at: datetime | None) -> Build:
    """The build. Raises `TemporaryError` while times are missing that are about to come."""
    parts: list[Build | Job] = [build, *build.jobs]
    newest = max(
        (t for part in parts for t in (part.queued_at, part.started_at) if t),
        default=committed_at,
    )
    if newest is not None and datetime.now(UTC) - newest > _SETTLED_AFTER:
        return build
    late = next((part for part in parts if _late(part)), None)
    if late is not None:
        what = "Build" if isinstance(late, Build) else "Job"
        raise TemporaryError(
            f"{what} {late.number or late.id} of {build.repo} is not complete yet: its times are missing."
        )
    return build


def _late(part: Build | Job) -> bool:
    if part.result in (Result.CANCELED, Result.ERRORED) and part.started_at is None:
        return False  # it may never have run
    return part.result is not None and (part.started_at is None or part.finished_at is None)
