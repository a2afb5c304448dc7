"""Logs: streamed, bounded, and what became of them as a fact."""

from __future__ import annotations

import dataclasses
import gc
import gzip
import itertools
from pathlib import Path

import pytest

from buildtimetrend.errors import TemporaryError
from buildtimetrend.model import BuildRef, Job, LogState, Result
from buildtimetrend.providers.base import JobLog
from buildtimetrend.providers.travis import Travis
from tests.providers.answers import BUILD, recorded, v2_build, v3_build
from tests.providers.conftest import PATIENT, QUICK, Opener
from tests.providers.server import Reply, Server, serving, slowly
from tests.providers.test_fetch import BY_ID

pytestmark = pytest.mark.races

CASES = Path(__file__).parents[1] / "data" / "travis-cases"
JOB = Job("7", "12.1", Result.PASSED, "passed")
V3, V2 = "/job/7/log.txt", "/jobs/7/log"
TEXT = b"travis_time:start:0a\r\x1b[0K$ make\r\n" * 5000
GZIP = {"Content-Encoding": "gzip"}


def read(travis: Travis) -> tuple[bytes, LogState, bool]:
    log = travis.log(BUILD, JOB)
    content = b"".join(log.chunks)
    return content, log.state, log.retry


def test_a_log_is_streamed_whole(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(TEXT)
    assert read(travis) == (TEXT, LogState.COMPLETE, False)
    assert server.asked[0].headers["accept"] == "text/plain"
    assert server.asked[0].headers["authorization"] == "token s3cret-token"


def test_a_packed_log_is_unpacked(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(gzip.compress(TEXT), headers=GZIP)
    assert read(travis) == (TEXT, LogState.COMPLETE, False)


def test_an_empty_log(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(b"")
    assert read(travis) == (b"", LogState.EMPTY, False)


@pytest.mark.parametrize("status", [401, 403, 404, 406, 410, 451])
def test_a_log_that_is_gone_or_kept_from_us_is_missing(server: Server, travis: Travis, status: int) -> None:
    server.routes[V3] = server.routes[V2] = Reply(b"no", status)
    assert read(travis) == (b"", LogState.MISSING, False)


def test_version_2_is_asked_only_until_the_version_is_known(server: Server, travis: Travis) -> None:
    server.routes[V2] = Reply(TEXT)
    assert read(travis) == (TEXT, LogState.COMPLETE, False)
    server.routes["/build/500"] = Reply(v3_build())
    travis.fetch(BY_ID)
    server.asked.clear()
    assert read(travis)[1] is LogState.MISSING
    assert server.paths() == [V3]


def test_a_server_of_version_2_is_asked_for_its_log_at_once(server: Server, travis: Travis) -> None:
    server.otherwise = Reply(b"", 404)
    server.routes.update({"/builds/500": Reply(v2_build()), V2: Reply(TEXT)})
    travis.fetch(BY_ID)
    server.asked.clear()
    assert read(travis)[1] is LogState.COMPLETE
    assert server.paths() == [V2]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: Server, travis: Travis, status: int) -> None:
    server.routes[V3] = Reply(b"", status, {"Retry-After": "9"})
    with pytest.raises(TemporaryError) as caught:
        travis.log(BUILD, JOB)
    assert caught.value.retry_after == 9


def test_a_page_in_the_place_of_a_log_is_no_log(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(TemporaryError):
        travis.log(BUILD, JOB)


def test_a_log_that_does_not_come_in_time_is_none(server: Server, hasty: Travis) -> None:
    server.routes[V3] = Reply(TEXT, delay=2)
    with pytest.raises(TemporaryError):
        hasty.log(BUILD, JOB)


def test_at_most_the_size_cap_is_read(server: Server, opened: Opener) -> None:
    server.routes[V3] = Reply(TEXT)
    assert read(opened(travis_max_log_size=10_000)) == (TEXT[:10_000], LogState.CUT, False)


def test_a_log_of_just_the_cap_is_complete(server: Server, opened: Opener) -> None:
    server.routes[V3] = Reply(TEXT[:10_000])
    assert read(opened(travis_max_log_size=10_000)) == (TEXT[:10_000], LogState.COMPLETE, False)


def test_an_endless_log_ends_at_the_cap(server: Server, opened: Opener) -> None:
    server.routes[V3] = Reply(itertools.repeat(b"x" * 1000))
    content, state, retry = read(opened(travis_max_log_size=1_000_000))
    assert (len(content), state, retry) == (1_000_000, LogState.CUT, False)


def test_a_slow_log_ends_at_the_time_limit(server: Server, opened: Opener) -> None:
    server.routes[V3] = Reply(slowly(itertools.repeat(b"x", 40), 0.1))
    content, state, retry = read(opened(dataclasses.replace(QUICK, read=10)))
    assert (state, retry) == (LogState.CUT, False)
    assert 0 < len(content) < 40


def test_a_bomb_is_unpacked_no_further_than_the_cap(server: Server, opened: Opener) -> None:
    server.routes[V3] = Reply(gzip.compress(bytes(100_000_000)), headers=GZIP)
    log = opened(travis_max_log_size=5_000_000).log(BUILD, JOB)
    sizes = [len(piece) for piece in log.chunks]
    assert (sum(sizes), log.state) == (5_000_000, LogState.CUT)
    assert max(sizes) <= 65_536


@pytest.mark.parametrize(
    "reply",
    [
        Reply(TEXT, length=len(TEXT) + 1),
        Reply(gzip.compress(TEXT)[:300], headers=GZIP),
        Reply(gzip.compress(TEXT)[:10] + b"\xff" * 100, headers=GZIP),
    ],
)
def test_a_log_that_breaks_off_keeps_what_came_and_may_be_tried_again(
    server: Server, travis: Travis, reply: Reply
) -> None:
    server.routes[V3] = reply
    content, state, retry = read(travis)
    assert (state, retry) == (LogState.CUT, True)
    assert TEXT.startswith(content)


def test_a_log_that_stops_on_the_way_keeps_what_came_and_may_be_tried_again(
    server: Server, opened: Opener
) -> None:
    server.routes[V3] = Reply(slowly([TEXT[:100], TEXT[100:]], 4.0))
    content, state, retry = read(opened(dataclasses.replace(PATIENT, read=1)))
    assert (state, retry) == (LogState.CUT, True)
    assert TEXT.startswith(content)


def test_an_archived_log_is_followed_without_the_token(server: Server, travis: Travis) -> None:
    with serving() as storage:
        storage.routes["/archive/7.txt"] = Reply(TEXT)
        server.routes[V3] = Reply(b"", 307, {"Location": f"{storage.url}/archive/7.txt?sign=1"})
        assert read(travis) == (TEXT, LogState.COMPLETE, False)
        assert "authorization" not in storage.asked[0].headers


def test_a_redirect_within_the_api_keeps_the_token(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(b"moved", 302, {"Location": "/v3/job/7/log.txt"})
    server.routes["/v3/job/7/log.txt"] = Reply(TEXT)
    assert read(travis)[1] is LogState.COMPLETE
    assert server.asked[1].headers["authorization"] == "token s3cret-token"


def test_redirects_in_a_circle_end(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(b"", 301, {"Location": V3})
    with pytest.raises(TemporaryError, match="redirects too often"):
        travis.log(BUILD, JOB)
    assert len(server.asked) == 4


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x"])
def test_a_redirect_to_something_else_is_not_followed(server: Server, travis: Travis, target: str) -> None:
    server.routes[V3] = server.routes[V2] = Reply(b"", 302, {"Location": target})
    assert read(travis)[1] is LogState.MISSING
    assert set(server.paths()) == {V3, V2}


def test_a_redirect_to_what_is_no_address_is_temporary(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(b"", 302, {"Location": "data:,x"})
    with pytest.raises(TemporaryError, match="no address"):
        travis.log(BUILD, JOB)


def test_a_redirect_never_leads_from_https_to_http() -> None:
    import httpx

    from buildtimetrend.providers.http.download import _target

    request = httpx.Request("GET", "https://api.travis-ci.com/job/7/log.txt")
    down = httpx.Response(307, headers={"location": "http://storage.example/7"}, request=request)
    up = httpx.Response(307, headers={"location": "https://storage.example/7"}, request=request)
    assert _target(down, "Travis CI") is None
    assert _target(up, "Travis CI") == "https://storage.example/7"


REMOVED = (CASES / "removed-log-text" / "job.log").read_bytes().strip()
WORDED = [
    REMOVED,
    REMOVED + b"\n",
    b"\r\n" + REMOVED + b"\r\n",
    b"Log removed by J\xc3\xb6 (bot) [x] at 2020-01-02 03:04:05 UTC",
    b"Log removed by  at 2020-01-02T03:04:05.123Z",
    b"Log removed at 2020-01-02 03:04:05 +0100.",
    REMOVED + b"\n\nThere was a password in it.\n",
]
# Of jobs that print something like it
PRINTED = [
    b"Log removed",
    b"Log removed by logrotate\n",
    b"Log remov",
    b"\n",
    REMOVED + b"\nmake: done\n",
    REMOVED + b"\n\nDone. Your build exited with 0.\n",
    REMOVED + b"\n\n$ make\n",
    REMOVED + b"\n\n" + TEXT[:100],
    REMOVED + b" and again",
    b"Using worker: a:b\n" + REMOVED,
    REMOVED + b"\n\n" + b"x" * 5000,
]


def served(server: Server, opened: Opener, version: int, form: str, text: bytes) -> tuple[bytes, LogState]:
    """A log as one version of the API serves it."""
    said = text.decode()
    replies = {
        "text": Reply(text),
        "pieces": Reply(text[at : at + 7] for at in range(0, len(text), 7)),
        "packed": Reply(gzip.compress(text), headers=GZIP),
        "json": Reply({"@type": "log", "content": said} if version == 3 else {"log": {"body": said}}),
    }
    if version == 3:
        server.routes = {"/build/500": Reply(v3_build()), V3: replies[form]}
    else:
        server.otherwise = Reply(b"", 404)
        server.routes = {"/builds/500": Reply(v2_build()), V2: replies[form]}
    travis = opened()
    travis.fetch(BY_ID)
    return read(travis)[:2]


@pytest.mark.parametrize("version", [3, 2])
@pytest.mark.parametrize("form", ["text", "pieces", "packed", "json"])
def test_a_removed_log_that_is_served_as_a_line_of_text_is_missing(
    server: Server, opened: Opener, version: int, form: str
) -> None:
    for text in WORDED:
        assert served(server, opened, version, form, text) == (b"", LogState.MISSING)


@pytest.mark.parametrize("version", [3, 2])
@pytest.mark.parametrize("form", ["text", "pieces", "packed", "json"])
def test_a_short_log_that_mentions_a_removed_one_is_a_log(
    server: Server, opened: Opener, version: int, form: str
) -> None:
    for text in PRINTED:
        assert served(server, opened, version, form, text) == (text, LogState.COMPLETE)


def test_a_log_that_breaks_off_in_the_words_of_a_removed_one_is_cut(server: Server, travis: Travis) -> None:
    server.routes[V3] = Reply(REMOVED, length=len(REMOVED) + 10)
    assert read(travis) == (REMOVED, LogState.CUT, True)


@pytest.mark.parametrize("name", ["02-v3-log", "03-v3-log", "04-v3-log"])
def test_a_log_wrapped_in_json_is_unwrapped(server: Server, travis: Travis, name: str) -> None:
    server.routes[V3] = Reply(recorded(name))
    assert read(travis) == (recorded(name)["content"].encode(), LogState.COMPLETE, False)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"log": {"body": "text"}}, (b"text", LogState.COMPLETE)),
        ({"log": {"body": ""}}, (b"", LogState.EMPTY)),
        ({"log": {"body": "Log removed", "removed_at": "2019-01-01T00:00:00Z"}}, (b"", LogState.MISSING)),
        ({"log": {"body": "", "removed_by": {"id": 1}}}, (b"", LogState.MISSING)),
        ({"content": None}, (b"", LogState.MISSING)),
        ([], (b"", LogState.MISSING)),
        ({"log": 5}, (b"", LogState.MISSING)),
    ],
)
def test_a_removed_log_is_told_in_json(
    server: Server, travis: Travis, document: object, expected: tuple[bytes, LogState]
) -> None:
    server.routes[V3] = server.routes[V2] = Reply(document)
    assert read(travis)[:2] == expected


def test_abandoned_and_closed_logs_give_back_their_connections(server: Server, opened: Opener) -> None:
    server.routes[V3] = Reply(TEXT)
    travis = opened(workers=2)
    for _ in range(10):
        with travis.log(BUILD, JOB) as log:
            next(log.chunks)
    for _ in range(10):
        travis.log(BUILD, JOB).close()
    for _ in range(10):
        travis.log(BUILD, JOB)
        gc.collect()
    assert read(travis)[1] is LogState.COMPLETE


def test_closing_a_log_twice_or_after_its_end_changes_nothing() -> None:
    log = JobLog(LogState.COMPLETE, iter([b"x"]))
    with log:
        assert list(log.chunks) == [b"x"]
    log.close()
    assert log.state is LogState.COMPLETE


def test_a_build_and_its_log_share_a_connection_pool_between_threads(server: Server, opened: Opener) -> None:
    from concurrent.futures import ThreadPoolExecutor

    server.routes.update({"/build/500": Reply(v3_build()), V3: Reply(TEXT)})
    travis = opened()
    ref = BuildRef("travis", "", BY_ID.repo, id="500")
    with ThreadPoolExecutor(8) as pool:
        builds = pool.map(lambda _: travis.fetch(ref).number, range(40))
        logs = pool.map(lambda _: read(travis)[1], range(40))
        assert set(builds) == {"12"}
        assert set(logs) == {LogState.COMPLETE}
