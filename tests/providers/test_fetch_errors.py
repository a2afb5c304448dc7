"""Everything that an HTTP server can do instead of answering."""

from __future__ import annotations

import gzip
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.providers.travis import Travis
from tests.providers.answers import v2_build, v3_build, v3_job
from tests.providers.conftest import Opener
from tests.providers.server import Reply, Server, slowly
from tests.providers.test_fetch import BY_ID, BY_NUMBER

pytestmark = pytest.mark.races

BUILD = orjson.dumps(v3_build())


@pytest.mark.parametrize("status", [302, 303, 307, 408, 425, 429, 500, 502, 503, 504, 599])
def test_a_busy_or_broken_server_is_asked_again(server: Server, travis: Travis, status: int) -> None:
    server.otherwise = Reply(b"oops", status)
    for ref in (BY_ID, BY_NUMBER):
        with pytest.raises(TemporaryError, match=str(status)) as caught:
            travis.fetch(ref)
        assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("1e9", 3600.0), ("soon", None), ("nan", None), ("", None)],
)
def test_retry_after_in_seconds(server: Server, travis: Travis, header: str, seconds: float | None) -> None:
    server.otherwise = Reply(b"", 429, {"Retry-After": header})
    with pytest.raises(TemporaryError) as caught:
        travis.fetch(BY_ID)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(("minutes", "low", "high"), [(10, 540, 600), (-10, 0, 0), (10_000, 3600, 3600)])
def test_retry_after_as_a_date(server: Server, travis: Travis, minutes: int, low: float, high: float) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    server.otherwise = Reply(b"", 503, {"Retry-After": date})
    with pytest.raises(TemporaryError) as caught:
        travis.fetch(BY_ID)
    assert caught.value.retry_after is not None
    assert low <= caught.value.retry_after <= high


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 31 Dec 2020 23:59:59 -99999999999999999999",
        "Mon, 1 Jan 99999999999999999999999 00:00:00 GMT",
        "Fri, 31 Dec 2020 23:59:59 +9999",
    ],
)
def test_a_date_that_cannot_be_held_says_nothing(server: Server, travis: Travis, date: str) -> None:
    server.otherwise = Reply(b"", 503, {"Retry-After": date})
    with pytest.raises(TemporaryError, match="503") as caught:
        travis.fetch(BY_ID)
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "token"),
        (403, "token"),
        (404, "private"),
        (410, "private"),
        (451, "private"),
        (301, "travis.api_url"),
        (418, "travis.api_url"),
    ],
)
def test_a_refusal_says_what_to_do(server: Server, travis: Travis, status: int, advice: str) -> None:
    server.otherwise = Reply(b"no", status, {"Location": "http://elsewhere.example/?token=x"})
    for ref in (BY_ID, BY_NUMBER):
        with pytest.raises(PermanentError, match=advice):
            travis.fetch(ref)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(BUILD[:500]), "not JSON"),
        (Reply(b""), "not JSON"),
        (Reply(b"<html>Log in</html>"), "not JSON"),
        (Reply(b"\xff\xfe"), "not JSON"),
        (Reply(b"[" * 10_000), "not JSON"),
        (Reply(BUILD, length=len(BUILD) + 10), "could not be reached"),
        (Reply(b" " * 300_000 + BUILD), "too large"),
        (Reply(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}), "too large"),
        (Reply(gzip.compress(BUILD)[:-9], headers={"Content-Encoding": "gzip"}), "unpacked"),
        (Reply(BUILD, headers={"Content-Encoding": "gzip"}), "unpacked"),
        (Reply(BUILD, headers={"Content-Encoding": "br"}), "unpacked"),
        (Reply("text"), "The JSON as a whole must be an object"),
        (Reply([]), "The JSON as a whole must be an object"),
        (Reply({}), "repository"),
        (Reply(v3_build(id=None)), "'id'"),
        (Reply(v3_build(number="1.5")), "'number'"),
        (Reply(v3_build(state=None)), "'state'"),
        (Reply(v3_build(jobs=None)), "'jobs'"),
        (Reply(v3_build(jobs=[None])), r"jobs\[0\]"),
        (Reply(v3_build(jobs=[v3_job(1, "1.1"), {"id": 5}])), r"jobs\[1\]\.state"),
        (Reply(v3_build(started_at="yesterday")), "started_at"),
        (Reply(v3_build(started_at=1567594073)), "started_at"),
        (Reply(v3_build(finished_at="9999-12-31T23:59:59-23:00")), "finished_at"),
        (Reply(v3_build(commit="8af6ccf")), "commit"),
        (Reply(v3_build(repository={"slug": "../.."})), r"repository\.slug"),
        (Reply(v3_build(pull_request_number="seven")), "pull_request_number"),
    ],
)
def test_a_wrong_answer_is_temporary_and_says_what_is_wrong(
    server: Server, travis: Travis, reply: Reply, words: str
) -> None:
    server.routes["/build/500"] = reply
    with pytest.raises(TemporaryError, match=words):
        travis.fetch(BY_ID)


@pytest.mark.parametrize(
    ("reply", "words"),
    [(Reply(BUILD, delay=2), "in time"), (Reply(slowly([b" "] * 20, 0.1)), "too long")],
)
def test_a_slow_answer_is_temporary_and_says_so(
    server: Server, hasty: Travis, reply: Reply, words: str
) -> None:
    server.routes["/build/500"] = reply
    with pytest.raises(TemporaryError, match=words):
        hasty.fetch(BY_ID)


def test_nobody_listens(opened: Opener) -> None:
    with pytest.raises(TemporaryError, match="could not be reached"):
        opened(travis_api_url="http://127.0.0.1:1").fetch(BY_ID)


def test_a_packed_answer_is_read(server: Server, travis: Travis) -> None:
    server.routes["/build/500"] = Reply(gzip.compress(BUILD), headers={"Content-Encoding": "gzip"})
    assert travis.fetch(BY_ID).number == "12"


def test_a_wrong_answer_of_version_2_names_its_field(server: Server, travis: Travis) -> None:
    server.otherwise = Reply(b"", 404)
    server.routes["/builds/500"] = Reply(v2_build(number=None))
    with pytest.raises(TemporaryError, match=r"build\.number"):
        travis.fetch(BY_ID)


def test_one_good_answer_after_trouble_is_enough(server: Server, travis: Travis) -> None:
    server.routes["/build/500"] = Reply(b"", 503)
    with pytest.raises(TemporaryError):
        travis.fetch(BY_ID)
    server.routes["/build/500"] = Reply(v3_build())
    assert travis.fetch(BY_ID).number == "12"


def test_the_token_is_in_no_message_log_or_repr(
    server: Server, travis: Travis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.otherwise = Reply(b"", 401)
    with pytest.raises(PermanentError) as caught:
        travis.fetch(BY_ID)
    server.otherwise = Reply(b"", 500)
    with pytest.raises(TemporaryError):
        travis.fetch(BY_NUMBER)
    shown = [str(caught.value), repr(caught.value), repr(travis), repr(travis.__dict__), caplog.text]
    assert caplog.text
    assert "s3cret" not in "".join(shown)
