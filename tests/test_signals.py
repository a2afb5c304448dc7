"""When a signal ends a process: where it waits, at once or next; never in the midst of what it makes."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from buildtimetrend.signals import cut_short, leave_when_told

BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    before = [signal.getsignal(number) for number in BOTH]
    leave_when_told()
    yield
    leave_when_told()  # forgets what it was told
    for number, handler in zip(BOTH, before, strict=True):
        signal.signal(number, handler)


class Steps(list[str]):
    def wait(self, told: int | None = None) -> None:
        with cut_short():
            self.append("waits")
            if told is not None:
                signal.raise_signal(told)
            self.append("goes on")

    def wait_and_close(self, told: int) -> None:
        try:
            self.wait(told)
        finally:
            signal.raise_signal(told)
            self.append("closed")


@pytest.mark.parametrize("number", BOTH)
def test_what_is_being_made_is_made_to_its_end_and_the_next_wait_does_not_begin(number: int) -> None:
    steps = Steps()
    signal.raise_signal(number)
    steps.append("made")
    with pytest.raises(SystemExit, match="0"):
        steps.wait()
    assert steps == ["made"]


@pytest.mark.parametrize("number", BOTH)
def test_what_waits_ends_at_once_and_is_closed_whatever_is_said_again(number: int) -> None:
    steps = Steps()
    with pytest.raises(SystemExit, match="0"):
        steps.wait_and_close(number)
    assert steps == ["waits", "closed"]
