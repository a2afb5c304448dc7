"""How long a sender waits after failures that follow one another."""

from __future__ import annotations

import random

from buildtimetrend.errors import Error


class Backoff:
    """Seconds after a failure: doubled with each further one, up to the longest."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self.failures = 0

    def failed(self, error: Error) -> float:
        """Until the next try; at least what the other side asks for."""
        self.failures += 1
        wait = min(self._longest, self._first * 2.0 ** min(self.failures - 1, 30))
        if not error.retry:
            wait = self._longest
        if error.retry_after is not None:
            wait = max(wait, error.retry_after)
        return wait

    def recovered(self) -> int:
        """How many failures there were before."""
        failures, self.failures = self.failures, 0
        return failures


def jittered(wait: float) -> float:
    """A little longer: those who failed together do not come back together."""
    return wait * random.uniform(1.0, 1.25)  # noqa: S311 - jitter only spreads load
