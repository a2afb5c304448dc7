"""The recorded answers of the API, and one build told by both of its versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from buildtimetrend.model import Build, Result
from buildtimetrend.providers.base import Latest

RECORDED = Path(__file__).parents[1] / "data" / "travis-api"
REPO = "my-org/my-project"
EVERYTHING = Latest(10_000)
BUILD = Build("travis", "https://api.travis-ci.com", REPO, "500", "12", Result.PASSED, "passed")


def recorded(name: str) -> Any:
    return orjson.loads((RECORDED / f"{name}.json").read_bytes())


CONFIG: dict[str, Any] = {
    "language": "python",
    "python": "2.7",
    "os": "linux",
    "stage": "Test",
    "name": "old",
}
TIMES = {"started_at": "2019-09-04T10:47:53Z", "finished_at": "2019-09-04T10:48:12Z"}


def v3_build(**changes: Any) -> dict[str, Any]:
    return {
        "@type": "build",
        "id": 500,
        "number": "12",
        "state": "failed",
        "duration": 999,
        "event_type": "pull_request",
        "pull_request_title": "Better",
        "pull_request_number": 7,
        **TIMES,
        "repository": {"@type": "repository", "id": 10094, "slug": REPO},
        "branch": {"@type": "branch", "name": "master"},
        "tag": None,
        "commit": {
            "id": 4571457,
            "sha": "8af6ccf",
            "message": "Release",
            "committed_at": "2019-04-24T21:54:13Z",
            "author": {"name": "Bob", "avatar_url": "…"},
        },
        "jobs": [v3_job(502, "12.2", state="failed", allow_failure=True), v3_job(501, "12.1")],
        **changes,
    }


def v3_job(id: int, number: str, **changes: Any) -> dict[str, Any]:
    return {
        "@type": "job",
        "id": id,
        "number": number,
        "state": "passed",
        "allow_failure": False,
        "config": CONFIG,
        "stage": None,
        **TIMES,
        **changes,
    }


def v2_build(**changes: Any) -> dict[str, Any]:
    return {
        "build": {
            "id": 500,
            "repository_id": 10094,
            "commit_id": 4571457,
            "number": "12",
            "pull_request": True,
            "pull_request_title": "Better",
            "pull_request_number": 7,
            "state": "failed",
            "duration": 999,
            **TIMES,
            **changes,
        },
        "commit": {
            "id": 4571457,
            "sha": "8af6ccf",
            "branch": "master",
            "message": "Release",
            "committed_at": "2019-04-24T21:54:13Z",
            "author_name": "Bob",
        },
        "jobs": [v2_job(502, "12.2", state="failed", allow_failure=True), v2_job(501, "12.1")],
    }


def v2_job(id: int, number: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "number": number,
        "build_id": 500,
        "state": "passed",
        "allow_failure": False,
        "config": CONFIG,
        **TIMES,
        **changes,
    }
