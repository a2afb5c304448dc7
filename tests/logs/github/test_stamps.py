"""The instants before lines: at a line's beginning alone, also behind the mark of a file in UTF-8."""

from __future__ import annotations

import pytest

from buildtimetrend.logs.github import stamps

STAMP = b"2022-05-19T08:55:59.7485493Z "
NS = 1_652_950_559_748_549_300
MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("before", "found"),
    [(b"", NS), (MARK, NS), (b"line\n", NS), (MARK + b"line\n", NS)],
)
def test_a_stamp_that_begins_a_line_is_one(before: bytes, found: int) -> None:
    text = before + STAMP + b"##[group]Run make"
    assert stamps.before(text, len(before) + len(STAMP)) == found
    start = 0 if before == MARK else len(before)
    assert stamps.at(text, start) == found


@pytest.mark.parametrize("before", [b"x", b"abc", b"\xef\xbb", b"\n" + MARK, MARK + b" ", b"\r"])
def test_a_stamp_within_a_line_is_none(before: bytes) -> None:
    """Three bytes before it are no mark of a file unless they are its first and are that mark."""
    text = before + STAMP + b"##[group]Run make"
    assert stamps.before(text, len(before) + len(STAMP)) is None


@pytest.mark.parametrize(
    "stamp", [b"2022-13-19T08:55:59.7485493Z ", b"2022-05-19T24:55:59.7485493Z ", STAMP[1:]]
)
def test_what_is_no_instant_is_no_stamp(stamp: bytes) -> None:
    assert stamps.before(stamp, len(stamp)) is None
    assert stamps.at(stamp, 0) is None
