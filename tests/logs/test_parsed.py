from __future__ import annotations

import json

import pytest

from buildtimetrend.model import Step
from tests.logs.recorded import recorded
from tests.logs.writing import S, read, timed


def test_a_parsed_log_is_json() -> None:
    parsed = read(recorded("677867560.log")).as_json()
    assert json.loads(json.dumps(parsed)) == parsed
    assert set(parsed) == {"steps", "worker", "exit"}


def test_instants_keep_their_nanoseconds_in_json() -> None:
    log = timed("11631b70", 123456789, S, "make")
    assert read(log).as_json()["steps"] == [
        {
            "name": "script.1",
            "phase": "script",
            "command": "make",
            "started_at": "2017-07-14T02:40:00.123456789Z",
            "finished_at": "2017-07-14T02:40:01.000000000Z",
            "duration": pytest.approx(0.876543211),
            "depth": 0,
        }
    ]


def test_the_first_and_the_last_possible_instant_are_json() -> None:
    tag = b"travis_time:end:aaaaaaaa:start=0,finish=9223372036854775807,duration=9223372036854775807\r\x1b[0K"
    steps = read(tag).as_json()["steps"]
    assert isinstance(steps, list)
    assert steps[0]["started_at"] == "1970-01-01T00:00:00.000000000Z"
    assert steps[0]["finished_at"] == "2262-04-11T23:47:16.854775807Z"


@pytest.mark.parametrize("count", [1, 2500])
def test_steps_have_all_their_fields_those_too_that_logs_do_not_tell(count: int) -> None:
    log = b"".join(timed(f"{number:08x}", S + number, S + number + 1, "make") for number in range(count))
    steps = read(log).steps
    assert len(steps) == count
    assert {len(step) for step in steps} == {len(Step._fields)}
    assert (steps[-1].result, steps[-1].number) == (None, None)
