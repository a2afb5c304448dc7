"""Reading values as events of many years hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.keen.exchange.values import fields, flag, instant, number, text
from buildtimetrend.keen.instants import time_of

AT = datetime(2014, 7, 9, 13, 38, 33, 456789, UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "given_",
    [
        time_of(AT),
        {"isotimestamp": "2014-07-09T13:38:33.456789+00:00"},
        {"timestamp": "2014-07-09T13:38:33.456789"},  # of the first versions
        {"timestamp_seconds": 1404913113.456789},
        {"isotimestamp": "garbled", "timestamp_seconds": "1404913113.456789"},
        "2014-07-09T13:38:33.456789Z",
        "2014-07-09T15:38:33.456789+02:00",
        1404913113.456789,
        "1404913113.456789",
        1404913113456.789,
        1404913113456789,
    ],
    ids=repr,
)
def test_an_instant_is_read_in_every_form(given_: object) -> None:
    found = instant(given_)
    assert found is not None
    assert abs(found - AT) < timedelta(microseconds=2)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "given_", [None, "", "yesterday", {}, {"year": "2014"}, [], True, 0, -1, float("nan"), 10**400]
)
def test_what_is_no_instant_is_none(given_: object) -> None:
    assert instant(given_) is None


@pytest.mark.parametrize(
    ("given_", "found"),
    [(3, 3.0), ("3.5", 3.5), (" 3 ", 3.0), (0, 0.0), ("x", None), (True, None), ("inf", None)],
)
def test_a_number_may_be_text(given_: object, found: float | None) -> None:
    assert number(given_) == found


@pytest.mark.parametrize(
    ("given_", "found"),
    [
        ("158.2", "158.2"),
        (158, "158"),
        (158.0, "158"),
        (158.2, "158.2"),
        ("", None),
        (" ", None),
        ([], None),
        (False, None),
    ],
)
def test_text_may_be_a_number(given_: object, found: str | None) -> None:
    assert text(given_) == found


@given(ANYTHING)
def test_nothing_makes_reading_fail(value: object) -> None:
    instant(value)
    number(value)
    text(value)
    flag(value)
    fields(value, "job")
