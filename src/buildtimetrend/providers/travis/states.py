"""Travis CI's words for how far a build or job is."""

from __future__ import annotations

from buildtimetrend.model import Result

RESULTS = {
    "passed": Result.PASSED,
    "failed": Result.FAILED,
    "errored": Result.ERRORED,
    "canceled": Result.CANCELED,
}

# `status_message` of a notification, in lower case. Payloads of before 2015 have nothing else.
MESSAGES_AT_END = {"passed", "fixed", "broken", "failed", "still failing", "canceled", "errored"}
MESSAGES_BEFORE = {"pending"}
