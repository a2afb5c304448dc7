"""Payloads of Travis CI notifications, as its documentation describes them."""

from __future__ import annotations

import json


def notification(repo: str = "owner/name", number: int = 1, state: str = "passed", **more: object) -> str:
    owner, name = repo.rsplit("/", 1)
    finished = "2026-01-02T03:04:05Z" if state != "started" else None
    return json.dumps(
        {
            "id": 1000 + number,
            "number": str(number),
            "state": state,
            "status_message": "Passed" if state == "passed" else state.title(),
            "status": 0,
            "result": 0,
            "type": "push",
            "started_at": "2026-01-02T03:00:00Z",
            "finished_at": finished,
            "branch": "master",
            "repository": {"id": 7, "name": name, "owner_name": owner},
            "matrix": [],
            **more,
        }
    )
