from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.logs.chunks import sized


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_no_byte_is_lost_or_moved(chunks: list[bytes]) -> None:
    assert b"".join(sized(7, 20, chunks)) == b"".join(chunks)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_none_is_larger_than_allowed(chunks: list[bytes]) -> None:
    assert all(len(chunk) <= 20 for chunk in sized(7, 20, chunks))


def test_small_ones_are_put_together() -> None:
    assert list(sized(3, 9, [b"a", b"b", b"c", b"d"])) == [b"abc", b"d"]


def test_one_of_a_good_size_is_not_copied() -> None:
    chunk = b"x" * 1000
    assert next(sized(3, 4000, [chunk])) is chunk
