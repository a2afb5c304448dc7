"""How a command follows the imports that it asked for, and what it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.cli.client import PAGE, ServiceClient
from buildtimetrend.cli.imports import _parts, follow
from buildtimetrend.errors import Error
from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.travis import Travis


class Imports(ServiceClient):
    """A service with so many imports of one build each, more of which have ended at each look."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.looks = 0
        self.ended = 0

    def get(self, path: str, **params: str | int) -> Any:
        if path != "/imports":
            return self._state(int(path.rpartition("/")[2]))
        offset, limit = int(params["offset"]), int(params["limit"])
        if offset == 0:
            self.looks += 1
            self.ended = self.looks * self.count // 2
        return {"imports": [self._state(number) for number in range(self.count)[offset : offset + limit]]}

    def _state(self, number: int) -> dict[str, Any]:
        counts = dict.fromkeys(("failed", "canceled", "absent", "running"), 0)
        done = int(number < self.ended)
        more = {"listing": False, "reasons": [], "requests": None, "rate_limit": None}
        return {"id": str(number), "total": 1, "done": done, **counts, **more}


def test_all_imports_are_followed_to_their_end_however_many_there_are() -> None:
    client = Imports(2 * PAGE + 500)
    ids = [str(number) for number in range(300, client.count)]
    states = follow(client, ids, "all of them", tell=True)
    assert [state["id"] for state in states] == ids
    assert all(state["done"] for state in states)
    assert client.looks == 2


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("7", {"builds": "7", "whole": True}),
        ("3 900", {"builds": "3-900", "whole": True}),
        ("20123456789", {"builds": "20123456789", "whole": True}),
        ("latest 5", {"builds": "latest 5", "whole": True}),
    ],
)
def test_numbers_that_several_builds_may_have_are_asked_for_at_once(said: str, asked: object) -> None:
    assert list(_parts(said, 100, GitHub)) == [asked]


def test_numbers_of_one_build_each_are_asked_for_in_parts() -> None:
    assert list(_parts("1 250", 100, Travis)) == [
        {"first": 1, "last": 100},
        {"first": 101, "last": 200},
        {"first": 201, "last": 250},
    ]
    assert list(_parts("20123456789", 100, Travis)) == [{"first": 20123456789, "last": 20123456789}]
    with pytest.raises(Error, match="more than 1,000,000 builds"):
        list(_parts("1 999999999999", 100, Travis))
