import json
import zlib
from email.utils import parsedate_to_datetime

import httpx
import pytest

from buildtimetrend.demo.misbehaviour import Kind
from buildtimetrend.demo.server import SimulatedTravis

BUILD = "/build/101000200"
LOG = "/job/101007201/log.txt"


def test_it_misbehaves_as_often_as_ordered_and_on_this_path_only(
    travis: SimulatedTravis, client: httpx.Client
) -> None:
    travis.misbehave("/build/*", Kind.SERVER_ERROR, times=2, status=502)
    assert client.get("/repo/101").status_code == 200
    assert [client.get(BUILD).status_code for _ in range(4)] == [502, 502, 200, 200]


def test_it_behaves_again_on_command(travis: SimulatedTravis, client: httpx.Client) -> None:
    travis.misbehave("*", Kind.SERVER_ERROR, times=100)
    assert client.get(BUILD).status_code == 503
    travis.behave()
    assert client.get(BUILD).status_code == 200


def test_too_many_requests_in_seconds_and_as_a_date(travis: SimulatedTravis, client: httpx.Client) -> None:
    travis.misbehave(BUILD, Kind.TOO_MANY_REQUESTS, retry_after=7)
    travis.misbehave(BUILD, Kind.TOO_MANY_REQUESTS_DATE, retry_after=60)
    seconds, date = client.get(BUILD), client.get(BUILD)
    assert (seconds.status_code, seconds.headers["retry-after"]) == (429, "7")
    wait = parsedate_to_datetime(date.headers["retry-after"]) - parsedate_to_datetime(date.headers["date"])
    assert date.status_code == 429
    assert 58 <= wait.total_seconds() <= 62


def test_it_never_answers(travis: SimulatedTravis, client: httpx.Client) -> None:
    travis.misbehave(BUILD, Kind.NEVER_ANSWER)
    with pytest.raises(httpx.ReadTimeout):
        client.get(BUILD, timeout=0.2)


def test_a_slow_answer_comes_byte_by_byte_and_whole(travis: SimulatedTravis, client: httpx.Client) -> None:
    true = client.get("/config").content
    travis.misbehave("/config", Kind.SLOW_ANSWER, seconds=0.001)
    with client.stream("GET", "/config") as answer:
        chunks = list(answer.iter_raw())
    assert b"".join(chunks) == true
    assert len(chunks) > len(true) / 10


def test_a_body_shorter_than_its_length(travis: SimulatedTravis, client: httpx.Client) -> None:
    travis.misbehave(LOG, Kind.CUT_LENGTH)
    with client.stream("GET", LOG) as answer:
        chunks = answer.iter_raw()
        with pytest.raises(httpx.RemoteProtocolError, match="received"):
            b"".join(chunks)
    assert int(answer.headers["content-length"]) > answer.num_bytes_downloaded > 0


def test_a_chunked_body_without_its_end(travis: SimulatedTravis, client: httpx.Client) -> None:
    travis.misbehave(LOG, Kind.CUT_CHUNKS)
    with client.stream("GET", LOG) as answer, pytest.raises(httpx.RemoteProtocolError, match="chunked"):
        answer.read()
    assert answer.headers["transfer-encoding"] == "chunked"


def test_json_that_is_none_html_and_nothing(travis: SimulatedTravis, client: httpx.Client) -> None:
    for kind in (Kind.WRONG_JSON, Kind.HTML, Kind.EMPTY):
        travis.misbehave(BUILD, kind)
    for content_type in ("application/json", "text/html; charset=utf-8", "application/json"):
        answer = client.get(BUILD)
        assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.content)


def test_every_field_of_another_type(travis: SimulatedTravis, client: httpx.Client) -> None:
    true = client.get(BUILD).json()
    travis.misbehave(BUILD, Kind.WRONG_TYPES)
    wrong = client.get(BUILD).json()
    assert wrong.keys() == true.keys()
    scalars = [name for name in true if not name.startswith("@") and not isinstance(true[name], dict)]
    assert all(type(wrong[name]) is not type(true[name]) for name in scalars)


@pytest.mark.parametrize(("kind", "enough"), [(Kind.ENDLESS, 50_000_000), (Kind.ENDLESS_SLOW, 200)])
def test_a_log_without_end(travis: SimulatedTravis, client: httpx.Client, kind: Kind, enough: int) -> None:
    travis.misbehave(LOG, kind, seconds=0.01)
    received = 0
    with client.stream("GET", LOG) as answer:
        for chunk in answer.iter_raw():
            received += len(chunk)
            if received > enough:
                break
    assert received > enough


def test_a_small_answer_that_unpacks_to_half_a_gigabyte(
    travis: SimulatedTravis, client: httpx.Client
) -> None:
    travis.misbehave(LOG, Kind.GZIP_BOMB)
    with client.stream("GET", LOG) as answer:
        packed = b"".join(answer.iter_raw())
    assert len(packed) < 1 << 20
    unpacker, size = zlib.decompressobj(wbits=31), 0
    while packed:
        size += len(unpacker.decompress(packed, 1 << 24))
        packed = unpacker.unconsumed_tail
    assert size == 512 << 20
    assert unpacker.eof


def test_redirects_that_never_arrive(travis: SimulatedTravis, client: httpx.Client) -> None:
    travis.misbehave(LOG, Kind.REDIRECT_LOOP)
    with pytest.raises(httpx.TooManyRedirects):
        client.get(LOG, follow_redirects=True)


def test_a_redirect_to_a_foreign_host(travis: SimulatedTravis, client: httpx.Client) -> None:
    travis.misbehave(LOG, Kind.FOREIGN_REDIRECT)
    travis.misbehave(LOG, Kind.FOREIGN_REDIRECT, location="http://169.254.169.254/secret")
    locations = [client.get(LOG).headers["location"] for _ in range(2)]
    assert locations == ["http://foreign.invalid/", "http://169.254.169.254/secret"]


def test_the_storage_host_misbehaves_too(travis: SimulatedTravis) -> None:
    travis.misbehave("/archive/*", Kind.SERVER_ERROR, status=500)
    assert httpx.get(f"{travis.storage_url}/archive/jobs/1/log.txt").status_code == 500
    assert httpx.get(f"{travis.storage_url}/archive/jobs/1/log.txt").status_code == 404


def test_orders_over_http(travis: SimulatedTravis, client: httpx.Client) -> None:
    order = {"path": "/build/*", "kind": "server_error", "times": 5, "status": 500}
    assert client.post("/_misbehave", json=order).json() == {"done": True}
    assert client.get(BUILD).status_code == 500
    client.delete("/_misbehave")
    assert client.get(BUILD).status_code == 200


@pytest.mark.parametrize(
    "order", [{}, {"path": "*", "kind": "sulk"}, {"path": "*", "kind": "html", "more": 1}]
)
def test_an_order_that_makes_no_sense_is_refused(client: httpx.Client, order: dict[str, str]) -> None:
    assert client.post("/_misbehave", json=order).status_code == 400
