"""Findings whose alerts are to be told, in a store."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson

from buildtimetrend.model import Value
from buildtimetrend.store.base import Store
from buildtimetrend.store.statements import alerts, findings
from tests.alerts.examples import build as build_of
from tests.alerts.examples import finding
from tests.store.examples import build

STATES = {"opened": "open", "fixed": "fixed", "reopened": "open", "muted": "muted"}


def repo_in(store: Store) -> int:
    """The id of a repo that has a build."""
    store.save(build()).result()
    return int(str(store.select("SELECT min(id) AS id FROM repo")["id"][0]))


def told(
    store: Store,
    repo_id: int,
    finding_id: str,
    event: str,
    *channels: str,
    number: int = 1,
    at: datetime | None = None,
) -> None:
    """That event of that finding is stored, with what is to be sent of it."""
    when = at or store.clock.now() - timedelta(seconds=1)
    if number == 1:
        store.execute([findings.put(_row(finding_id, repo_id, when))]).result()
    happened = alerts.Event(
        finding=finding_id,
        repo_id=repo_id,
        number=number,
        event=event,
        state=STATES[event],
        at=when,
        channels=channels,
    )
    store.execute(alerts.told(happened)).result()


def _row(finding_id: str, repo_id: int, at: datetime) -> dict[str, Value]:
    document = finding(
        id=finding_id,
        sentence=f"Step {finding_id} takes 9 s longer.",
        last=build_of("433", "c69ede6", url="https://code.example/ann/tool/actions/runs/433"),
        last_before=build_of("430", "4f1c2aa"),
    )
    return {
        "id": finding_id,
        "repo_id": repo_id,
        "pipeline": 1,
        "branches": "default",
        "what": "step",
        "thing": "make test",
        "seconds": 61.0,
        "since_at": at,
        "first_at": at,
        "last_at": at,
        "over_at": None,
        "found_at": at,
        "seen_at": at,
        "withdrawn_at": None,
        "document": orjson.dumps(document).decode(),
        "known": "{}",
    }
