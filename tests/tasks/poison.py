"""Messages that are none of ours, as anybody who reaches a broker may send them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import kombu.connection
import redis
from amqp import Message

from buildtimetrend.tasks.broker.messages import COLLECT, COLLECT_IN_TURN
from buildtimetrend.tasks.broker.publisher import QUEUE

NOTHING: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
CALLED_BACK = {**NOTHING, "callbacks": [{"task": COLLECT, "args": ["t"], "options": {}}]}
DEEP = b"[" * 100_000 + b"]" * 100_000

# Well-formed JSON under the name of a task of ours.
CONTENTS: Mapping[str, bytes] = {
    "number": b"5",
    "empty list": b"[]",
    "null": b"null",
    "empty": b"",
    "text": b'"t1"',
    "object": b'{"args": ["t1"]}',
    "first protocol": json.dumps({"task": COLLECT, "id": "x", "args": ["t1"], "kwargs": {}}).encode(),
    "no arguments": json.dumps([[], {}, NOTHING]).encode(),
    "two arguments": json.dumps([["t1", "t2"], {}, NOTHING]).encode(),
    "argument of another kind": json.dumps([[5], {}, NOTHING]).encode(),
    "named argument": json.dumps([[], {"task_id": "t1"}, NOTHING]).encode(),
    "arguments no list": json.dumps([5, {}, NOTHING]).encode(),
    "four parts": json.dumps([["t1"], {}, NOTHING, None]).encode(),
    "besides a list": json.dumps([["t1"], {}, [1]]).encode(),
    "called back": json.dumps([["t1"], {}, CALLED_BACK]).encode(),
    "NUL in the id": json.dumps([["t\0"], {}, NOTHING]).encode(),
    "half a surrogate in the id": b'[["\\ud800"], {}, {}]',
    "long id": json.dumps([["t" * 1_000_000], {}, NOTHING]).encode(),
    "deep": DEEP,
    "huge": b'"' + b"x" * 8_000_000 + b'"',
    "long number": b"9" * 5000,
    "not UTF-8": b"\xff\xfe\x00",
    "not JSON": b"{",
}
OURS = json.dumps([["nobody"], {}, NOTHING]).encode()  # but of no task
HEADERS: Mapping[str, Any] = {
    "no task": {"id": "x"},
    "another task": {"id": "x", "task": "celery.backend_cleanup"},
    "unknown task": {"id": "x", "task": "others.task"},
    "task of another kind": {"id": "x", "task": [COLLECT]},
    "no id": {"task": COLLECT},
    "id of another kind": {"task": COLLECT, "id": {"a": 1}},
    "nothing": {},
    "compressed by nobody": {"task": COLLECT, "id": "x", "compression": "none-such"},
    "compressed by zlib": {"task": COLLECT, "id": "x", "compression": "application/x-gzip"},
    "at no time": {"task": COLLECT, "id": "x", "eta": "never", "expires": 5},
    "limits": {"task": COLLECT_IN_TURN, "id": "x", "timelimit": "often", "retries": "many", "stamps": 5},
}
KINDS = [
    ("application/x-python-serialize", "binary"),
    ("text/plain", "utf-8"),
    ("application/json", "none-such"),
    ("application/json", "utf-16"),
    (None, None),
]


def poison_redis(url: str) -> int:
    """Into the queue; how many messages."""
    envelopes = list(_envelopes())
    raw: list[bytes] = [
        b"",
        b"null",
        b"5",
        b"[]",
        b"{}",
        b"\xff\x00",
        b"{",
        b'"text"',
        DEEP,
        b"x" * 8_000_000,
    ]
    with redis.Redis.from_url(url) as client:
        for item in (*raw, *(json.dumps(each).encode() for each in envelopes)):
            client.lpush(QUEUE, item)
    return len(raw) + len(envelopes)


def poison_unacked(url: str) -> None:
    """As if a worker had taken these long ago."""
    entries: list[bytes] = [b"garbage", b"5", b"[1]", b"null", b"\xff", b'["a", "b", "c"]', b"[{}, {}, {}]"]
    entries += [json.dumps([_envelope(OURS), "", "unacked"]).encode(), DEEP]
    with redis.Redis.from_url(url) as client:
        for number, entry in enumerate(entries):
            client.hset("unacked", f"tag-{number}", entry)
            client.zadd("unacked_index", {f"tag-{number}": 0})
        client.hset("unacked", b"\xff\xfe", b"garbage")
        client.zadd("unacked_index", {b"\xff\xfe": 0, "of nothing": 0})


def poison_rabbitmq(url: str) -> int:
    """Into the queue; how many messages."""
    messages = [Message(content, **_properties()) for content in CONTENTS.values()]
    messages += [Message(OURS, **_properties(application_headers=each)) for each in HEADERS.values()]
    messages += [
        Message(OURS, **_properties(content_type=kind, content_encoding=encoding)) for kind, encoding in KINDS
    ]
    messages += [
        Message(OURS, **_properties(content_type=b"\xff\xfe")),
        Message(OURS, **_properties(correlation_id=b"\xff", reply_to=b"\x80")),
        Message(OURS),
        Message(OURS, **_properties()),
    ]
    connect: Any = kombu.connection.Connection  # untyped
    with connect(url) as connection:
        for message in messages:
            connection.default_channel.basic_publish(message, exchange="", routing_key=QUEUE)
    return len(messages)


def _envelopes() -> Iterator[dict[str, Any]]:
    yield from (_envelope(content) for content in CONTENTS.values())
    yield from (_envelope(OURS, headers=headers) for headers in HEADERS.values())
    yield from (
        _envelope(OURS, **{"content-type": kind, "content-encoding": encoding}) for kind, encoding in KINDS
    )
    yield from (_envelope(OURS, headers=headers) for headers in (None, 5, [1], "text"))
    yield from (_envelope(OURS, body=body) for body in (None, 5, {"a": 1}, "%%%", "W1s=", ["x"]))
    whole = _envelope(OURS)["properties"]
    broken: list[Any] = [None, 5, [], {}]
    for properties in (*broken, *({**whole, name: value} for name, value in _PROPERTIES)):
        yield _envelope(OURS, properties=properties)
    yield from ({name: _envelope(OURS)[name]} for name in ("body", "properties", "headers"))
    yield _envelope(OURS)  # of no task


_PROPERTIES: list[tuple[str, Any]] = [
    ("body_encoding", "rot13"),
    ("body_encoding", 5),
    ("delivery_tag", None),
    ("delivery_tag", {"a": 1}),
    ("delivery_tag", [1]),
    ("delivery_info", None),
    ("delivery_info", {}),
    ("delivery_info", 5),
    ("priority", "high"),
    ("correlation_id", [1]),
    ("reply_to", {"a": 1}),
]


def _envelope(content: bytes, **changes: Any) -> dict[str, Any]:
    """kombu's, as Redis has it."""
    return {
        "body": base64.b64encode(content).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"task": COLLECT, "id": "x"},
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": "tag",
            "delivery_info": {"exchange": "", "routing_key": QUEUE},
            "priority": 0,
        },
        **changes,
    }


def _properties(**changes: Any) -> dict[str, Any]:
    return {
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "application_headers": {"task": COLLECT, "id": "x"},
        "priority": 3,
        **changes,
    }
