"""Limits of requests, as CI systems tell of them, with each header alone and with none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from buildtimetrend.errors import FetchError, TemporaryError
from buildtimetrend.providers.base import Provider, RateLimit, Section
from buildtimetrend.providers.http import Client, Limits, Peer, Refused
from buildtimetrend.providers.http.limits import LimitsSeen
from tests.providers.server import Reply, Server

PEER = Peer("Some CI", token="some.token", address="some.url", pause=60.0)
SOON = int(time.time()) + 7200  # when the last of these tests has long ended


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(PEER, server.url, {"authorization": "Bearer s3cret"}, 2, Limits())
    yield made
    made.close()


def headers(remaining: int, prefix: str = "X-RateLimit-", reset: int = SOON) -> dict[str, str]:
    return {f"{prefix}Limit": "5000", f"{prefix}Remaining": str(remaining), f"{prefix}Reset": str(reset)}


@pytest.mark.parametrize("prefix", ["X-RateLimit-", "RateLimit-"])
def test_what_is_left_is_known_from_the_last_answer(server: Server, client: Client, prefix: str) -> None:
    assert client.seen.least() is None
    for remaining in (4999, 4998):
        server.otherwise = Reply({}, headers=headers(remaining, prefix))
        client.json("/x")
    assert client.seen.least() == RateLimit(5000, 4998, datetime.fromtimestamp(SOON, UTC))
    assert client.requests == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"X-RateLimit-Limit": "5000"},
        headers(7) | {"X-RateLimit-Reset": "soon"},
        headers(7) | {"X-RateLimit-Reset": "999999999999999999"},
        headers(7) | {"X-RateLimit-Remaining": "-1"},
        headers(7) | {"X-RateLimit-Limit": "9" * 40},
    ],
)
def test_what_is_no_limit_is_left_out(server: Server, client: Client, odd: dict[str, str]) -> None:
    server.otherwise = Reply({}, headers=odd)
    client.json("/x")
    assert client.seen.least() is None


def test_an_answer_that_was_overtaken_does_not_give_requests_back() -> None:
    seen = LimitsSeen()
    for remaining in (10, 8, 9):
        seen.note({name.lower(): value for name, value in headers(remaining).items()})
    assert seen.least() == RateLimit(5000, 8, datetime.fromtimestamp(SOON, UTC))
    seen.note({name.lower(): value for name, value in headers(4999, reset=SOON + 3600).items()})
    assert seen.least() == RateLimit(5000, 4999, datetime.fromtimestamp(SOON + 3600, UTC))


def test_of_several_limits_the_one_with_the_fewest_left_counts() -> None:
    seen = LimitsSeen()
    for name, remaining in (("one", 30), ("other", 20)):
        seen.note({key.lower(): value for key, value in headers(remaining).items()}, name)
    least = seen.least()
    assert least is not None
    assert least.remaining == 20


def test_after_its_reset_all_of_a_limit_is_left() -> None:
    seen = RateLimit(60, 0, datetime(2026, 1, 1, tzinfo=UTC))
    assert seen.at(datetime(2025, 12, 31, tzinfo=UTC)).remaining == 0
    assert seen.at(datetime(2026, 1, 1, tzinfo=UTC)).remaining == 60


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("told", "body", "low", "high"),
    [
        ({"Retry-After": "17"}, {}, 17, 17),
        ({"Retry-After": "17", **headers(0)}, {}, 17, 17),
        (headers(0), {}, 1, 7200),
        (headers(0), {"message": "API rate limit exceeded for 10.0.0.1."}, 1, 7200),
        (headers(0, "RateLimit-"), b"Retry later", 1, 7200),
        (headers(0, reset=SOON - 9000), {}, 0, 0),
        (headers(31), {"message": "You have exceeded a secondary rate limit."}, 60, 60),
        ({}, {"message": "You have triggered an abuse detection mechanism."}, 60, 60),
    ],
)
def test_a_limit_is_temporary_and_says_when_it_ends(
    server: Server, client: Client, status: int, told: dict[str, str], body: object, low: float, high: float
) -> None:
    server.otherwise = Reply(body, status, told)
    with pytest.raises(TemporaryError, match=rf"{status} to /x: its limit") as caught:
        client.json("/x")
    assert caught.value.retry_after is not None
    assert low <= caught.value.retry_after <= high


def test_when_it_ends_is_reckoned_by_the_clock_that_said_so(server: Server, client: Client) -> None:
    server.otherwise = Reply(b"", 403, headers(0, reset=1_000_030))
    with pytest.raises(TemporaryError) as caught:
        client.json("/x")
    assert caught.value.retry_after == 0.0  # by the date of this server's answer, which is today's
    seen = LimitsSeen()
    seen.note({name.lower(): value for name, value in headers(0, reset=1_000_030).items()})
    least = seen.least()
    assert least is not None
    assert least.resets_at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1_000_030)


@pytest.mark.parametrize("body", [{}, b"no", {"message": "Resource not accessible by integration"}, []])
def test_a_403_that_speaks_of_no_limit_is_for_good(server: Server, client: Client, body: object) -> None:
    server.otherwise = Reply(body, 403, headers(4000))
    with pytest.raises(Refused, match=r"some\.token"):
        client.json("/x")


def test_what_has_not_changed_is_told_as_such_to_who_asks_so(server: Server, client: Client) -> None:
    server.otherwise = Reply(b"", 304)
    assert client.answer("/x", {"if-none-match": '"e"'}).document is None
    with pytest.raises(Refused, match="304"):
        client.answer("/x")


def test_other_proof_takes_the_place_of_the_client_s_own(server: Server, client: Client) -> None:
    server.otherwise = Reply({})
    client.answer("/x")
    client.answer("/x", authorization={"authorization": "Bearer other"})
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer s3cret", "Bearer other"]


def test_what_is_asked_with_content_is_posted_as_json(server: Server, client: Client) -> None:
    server.otherwise = Reply({"made": True}, 201)
    assert client.answer("/x", content={"a": [1]}).document == {"made": True}
    [asked] = server.asked
    assert (asked.body, asked.headers["content-type"]) == (b'{"a":[1]}', "application/json")


def test_a_provider_that_lacks_a_method_is_not_opened() -> None:
    class Half(Provider):
        kind = "half"

        def __init__(self, section: Section) -> None:
            self.name = section.name

    with pytest.raises(TypeError, match=r"close.*fetch.*receive.*select.*set_up"):
        Half(Section("half", "half", None))  # type: ignore[abstract]


def test_of_a_provider_that_says_nothing_no_limit_is_known(server: Server, client: Client) -> None:
    server.otherwise = Reply(b"", 404)
    with pytest.raises(FetchError):
        client.json("/x")
    assert client.seen.least() is None
