"""Findings that are kept, one by one, and what people do with their alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from buildtimetrend.alerts.kinds import kind_of
from buildtimetrend.errors import Invalid, NotFound, StoreError
from buildtimetrend.findings.document.shared_part import shown
from buildtimetrend.findings.kept.known import State
from buildtimetrend.providers.code_host import compare_address
from buildtimetrend.store import reads
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import alerts
from buildtimetrend.web.analysis.found import told
from buildtimetrend.web.context import Context
from buildtimetrend.web.repos import KnownRepos

ByPeople: TypeAlias = Literal["acknowledged", "muted", "wont_fix", "reopened"]

# What people may do with an alert, by its state. A fixed one is over: it opens again by itself.
POSSIBLE: Mapping[str, Sequence[ByPeople]] = {
    "open": ("acknowledged", "muted", "wont_fix"),
    "acknowledged": ("muted", "wont_fix", "reopened"),
    "muted": ("acknowledged", "wont_fix", "reopened"),
    "wont_fix": ("reopened",),
    "fixed": (),
}
WEEK = timedelta(weeks=1)
TRIES = 3  # of who changes an alert at the same time as others


@dataclass(frozen=True, slots=True)
class Done:
    """By people, with an alert; `by` is who, as they call themselves."""

    event: ByPeople
    by: str
    why: str | None = None


class Alerts:
    """Every method blocks for milliseconds: call it on a thread. Raises `NotFound` as `Data` does."""

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store: Store = context.store
        self._repos = repos

    def of(self, repo: str, states: Sequence[State] = ()) -> list[dict[str, Any]]:
        """Findings that people were told about, the newest first, with their `life`; all, or of these
        states.
        """
        rows = reads.kept_findings(self._store, self._repos.require(repo))
        wanted = [row for row in rows if row["state"] and (not states or row["state"] in states)]
        lives = defaultdict(list)
        for event in reads.alert_events(self._store, [row["id"] for row in wanted]):
            lives[event.pop("finding")].append(event)
        return [self._whole(repo, row, lives[row["id"]]) for row in wanted]

    def one(self, repo: str, finding: str) -> dict[str, Any]:
        """A finding that is kept, with the `life` of its alert and what was `sent` of it."""
        row = self._row(repo, finding)
        events = reads.alert_events(self._store, [finding])
        return {**self._whole(repo, row, events), "sent": reads.notified(self._store, finding)}

    def change(self, repo: str, finding: str, done: Done) -> None:
        """Raises `Invalid` where the alert is in a state in which this cannot be done."""
        for tried in range(1, TRIES + 1):
            row = self._row(repo, finding)
            if row["state"] is None:
                raise Invalid("Nobody was told about this finding: it has no alert.", detail="event")
            if done.event not in POSSIBLE[row["state"]]:
                possible = ", ".join(POSSIBLE[row["state"]]) or "nothing"
                raise Invalid(
                    f"This alert is {row['state']}: it cannot be {done.event}. Possible: {possible}.",
                    detail="event",
                )
            try:
                self._store.execute(alerts.told(_event(row, done, self._store.clock.now()))).result()
            except StoreError:
                if tried == TRIES or self._row(repo, finding)["events"] == row["events"]:
                    raise
            else:
                return

    def _row(self, repo: str, finding: str) -> dict[str, Any]:
        repo_id = self._repos.require(repo)
        row = reads.kept_finding(self._store, finding)
        if row is None or row["repo_id"] != repo_id:
            raise NotFound(f"There is no finding {finding} of {repo}.", detail="id")
        return row

    def _whole(self, repo: str, row: dict[str, Any], life: list[dict[str, Any]]) -> dict[str, Any]:
        found = shown(told(row), self._repos.shows)
        return {
            **found,
            "found_at": row["found_at"],
            "seen_at": row["seen_at"],
            "withdrawn_at": row["withdrawn_at"],
            "compare_url": compare_address(repo, found["last_before"], found["last"]),
            "cost_per_week": _per_week(found),
            "possible": POSSIBLE.get(row["state"], ()),
            "life": life,
        }


def _event(row: Mapping[str, Any], done: Done, now: datetime) -> alerts.Event:
    return alerts.Event(
        finding=row["id"],
        repo_id=row["repo_id"],
        number=row["events"] + 1,
        event=done.event,
        state="open" if done.event == "reopened" else done.event,
        at=now,
        by=done.by,
        why=done.why,
    )


def _per_week(found: Mapping[str, Any]) -> float | None:
    """s that builds take longer in a week, by how many there were since; None of less than a week."""
    over = found["over_since"]
    until = over["started_at"] if over else datetime.now(UTC)
    weeks = (until - found["since"]["started_at"]) / WEEK
    if weeks < 1 or over or kind_of(found) != "duration":
        return None
    wall = found["wall_after"] is not None
    each = found["wall_after"] - found["wall_before"] if wall else found["after"] - found["before"]
    return float(each * found["builds_since"] / weeks)
