from __future__ import annotations

import pytest

from buildtimetrend.errors import TooManyRequests
from buildtimetrend.web.http.rate_limits import REMEMBERED, Limiter, Rate
from tests.web.test_cache import Clock


def test_a_burst_is_let_through_and_then_one_at_a_time() -> None:
    clock = Clock()
    limiter = Limiter(Rate(burst=2, per_second=0.5), "requests", clock)
    limiter.take("somebody")
    limiter.take("somebody")
    with pytest.raises(TooManyRequests) as refused:
        limiter.take("somebody")
    assert refused.value.retry_after == 2
    clock.now = 2
    limiter.take("somebody")
    with pytest.raises(TooManyRequests):
        limiter.take("somebody")


def test_others_are_not_held_up() -> None:
    limiter = Limiter(Rate(burst=1, per_second=0.5), "requests")
    limiter.take("somebody")
    limiter.take("somebody else")


def test_being_refused_does_not_make_the_wait_longer() -> None:
    clock = Clock()
    limiter = Limiter(Rate(burst=1, per_second=1), "requests", clock)
    limiter.take("somebody")
    for _ in range(10):
        with pytest.raises(TooManyRequests):
            limiter.take("somebody")
    clock.now = 1
    limiter.take("somebody")


def test_a_bucket_never_holds_more_than_a_burst() -> None:
    clock = Clock()
    limiter = Limiter(Rate(burst=1, per_second=1), "requests", clock)
    limiter.take("somebody")
    clock.now = 1000
    limiter.take("somebody")
    with pytest.raises(TooManyRequests):
        limiter.take("somebody")


def test_those_who_came_once_are_forgotten_in_the_end() -> None:
    limiter = Limiter(Rate(burst=1, per_second=0.001), "requests", Clock())
    for number in range(REMEMBERED + 1):
        limiter.take(str(number))
    limiter.take("0")
    with pytest.raises(TooManyRequests):
        limiter.take(str(REMEMBERED))
