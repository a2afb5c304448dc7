"""The keys that requests carry, and what answers say."""

from __future__ import annotations

import httpx

from tests.keen.service import MASTER, READ, WRITE

AS_READER, AS_WRITER, AS_MASTER = ({"Authorization": key} for key in (READ, WRITE, MASTER))


def refused(answer: httpx.Response, status: int, code: str) -> bool:
    body = answer.json()
    return (answer.status_code, body["error_code"], bool(body["message"])) == (status, code, True)


def count(http: httpx.Client, collection: str) -> int:
    answer = http.get("/queries/count", params={"event_collection": collection, "api_key": READ})
    return int(answer.json()["result"])
