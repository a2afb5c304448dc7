"""What a test needs of the demo's builds, by name: its history is another one at each moment, and a given
build may have been canceled, have no log, or be the only one of its branch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import httpx

from tests.browser.stores import BUSY
from tests.e2e.processes import Service

Attempts: TypeAlias = Sequence[Mapping[str, Any]]  # oldest first, as the API has them
_PATIENCE = 60  # s: at first all is read from the disk


class Need(Protocol):
    def __call__(self, attempts: Attempts, /) -> bool: ...


def passed_whole(attempts: Attempts) -> bool:
    """Run once, all of whose jobs have steps."""
    [*before, last] = attempts
    passed = last["build"]["result"] == "passed"
    return passed and not before and all(job["steps"] for job in last["jobs"])


def run_twice(attempts: Attempts) -> bool:
    """The first time with steps."""
    return len(attempts) == 2 and any(job["steps"] for job in attempts[0]["jobs"])


def a_build(service: Service, need: Need) -> str:
    """The number of the newest one of a year that is so. Raises `StopIteration` where there is none."""
    numbers = dict.fromkeys(str(build["number"]) for build in _builds(service))
    return next(number for number in numbers if need(_attempts(service, number)))


def a_branch(service: Service) -> str:
    """Beside the main one, that of which most builds of a year passed."""
    passed = (build["branch"] for build in _builds(service) if build["result"] == "passed")
    [(branch, _)] = Counter(name for name in passed if name != "master").most_common(1)
    return str(branch)


def _builds(service: Service) -> list[dict[str, Any]]:
    """Newest first."""
    return list(_asked(service, "/builds", timeframe="year", limit=500)["builds"])


def _attempts(service: Service, number: str) -> Attempts:
    return list(_asked(service, f"/builds/travis/{number}")["attempts"])


def _asked(service: Service, path: str, **query: str | int) -> dict[str, Any]:
    answer = httpx.get(f"{service.url}/api/v1/projects/{BUSY}{path}", params=query, timeout=_PATIENCE)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
