"""Pages made by the server and those drawn by scripts say the same number in the same words."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from buildtimetrend import text
from buildtimetrend.model import Value
from buildtimetrend.timeframes import INTERVALS, buckets
from tests.web.node import answers

pytestmark = pytest.mark.servers

Call: TypeAlias = tuple[Any, ...]

TIES = [whole + eighth / 8 for whole in (0, 1, 2, 9, 12, 59, 60, 99, 3599, 1_234_567) for eighth in range(8)]
EDGES = [0.04, 0.05, 0.35, 1.005, 9.94, 9.949, 9.95, 9.96, 59.4, 59.5, 60.5, 61.5, 3599.5, 86399.5, 4e5, 1e9]
SEEDED = random.Random(0)
RANDOM = [SEEDED.uniform(0, 10**digits) for digits in range(8) for _ in range(200)]
ABOVE_ZERO = [1, 59, 60, 133, 86400, *filter(None, TIES), *EDGES, *RANDOM]
NUMBERS = [0, *ABOVE_ZERO, *(-number for number in ABOVE_ZERO)]
CELLS: list[Value] = [None, "", "=x", "<script>", "é\N{GRINNING FACE}", *NUMBERS]


def in_script(folder: Path, calls: list[Call]) -> list[str]:
    return answers(folder, "format.js", calls)


def test_scripts_and_server_say_the_same(tmp_path: Path) -> None:
    said: dict[Call, str] = {}
    for number in [None, *NUMBERS]:
        said["duration", number] = text.together(text.duration(number))
        said["difference", number] = text.together(text.difference(number))
        if number is None or number % 1 == 0:
            said["count", number] = text.count(number if number is None else int(number))
        if number is not None:
            said["signed", number] = text.together(text.signed(number))
    for whole in (0, 1, 2, 999, 1_000, 1_234_567):
        said["counted", whole, "build"] = text.counted(whole, "build")
    for cell in CELLS:
        for unit in ("", "s", "%", "jobs"):
            said["value", cell, unit] = text.together(text.value(cell, unit))
    found = in_script(tmp_path, list(said))
    differ = {
        call: (answer, said[call]) for call, answer in zip(said, found, strict=True) if answer != said[call]
    }
    assert not differ


def test_scripts_and_server_call_buckets_the_same(tmp_path: Path) -> None:
    first, seeded = datetime(2024, 1, 1, tzinfo=UTC), random.Random(0)
    calls: list[Call] = []
    wanted: list[str] = []
    for interval in INTERVALS:
        for _ in range(60):
            since = first + timedelta(seconds=seeded.randrange(3 * 366 * 86400))
            until = since + timedelta(seconds=seeded.choice([1, 3600, 90_000, 500_000, 2_000_000]))
            given = {"since": since.isoformat(), "until": until.isoformat(), "interval": interval}
            for start in buckets(since, until, interval):
                calls.append(("bucket", start.isoformat(), given, 2025))
                wanted.append(text.bucket(start, interval, since, until, 2025))
    assert in_script(tmp_path, calls) == wanted
