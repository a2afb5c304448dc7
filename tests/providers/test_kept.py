"""What is kept of answers is bounded, and for a while."""

from __future__ import annotations

from buildtimetrend.providers.kept import Kept


def test_a_value_is_kept_for_so_long() -> None:
    now = [0.0]
    kept: Kept[str, int] = Kept(10, 60.0, clock=lambda: now[0])
    kept.put("a", 1)
    now[0] = 59.0
    assert kept.get("a") == 1
    now[0] = 61.0
    assert kept.get("a") is None
    assert kept.get("b") is None


def test_of_too_many_the_oldest_go() -> None:
    kept: Kept[str, int] = Kept(2, 60.0)
    for number, name in enumerate("abab"):
        kept.put(name, number)
    kept.put("c", 9)
    assert list(kept.items()) == [("c", 9), ("b", 3)]
    assert kept.get("a") is None


def test_what_is_taken_is_there_once() -> None:
    kept: Kept[str, bool] = Kept(2, 60.0)
    kept.put("a", value=False)
    assert kept.take("a") is False
    assert kept.take("a") is None
