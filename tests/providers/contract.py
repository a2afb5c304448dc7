"""What is recorded of a CI system for the contract of providers: `tests/data/<kind>/contract.json`.

- `settings` of its section; `{server}` is the address of the scripted server.
- `routes`: what that server answers by path: a file beside it, a document, or a list of these, the pages.
- `hooks`: `headers` and `body` (or `file`), and what must be read of it.
- `fetched`: builds by id, or `by_number`, with what must be found; `steps` of all jobs, null: some.
- `listed`: a repo, the `path` of its list, its `numbers` that have ended, newest first, with each attempt of
  which there are several, and which are `in_period` from `since`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildtimetrend.providers import open_provider, provider_class
from buildtimetrend.providers.base import Provider, Received, Section
from tests.providers.server import Asked, Reply, Route, Server, serving

DATA = Path(__file__).parents[1] / "data"


@dataclass
class Recorded:
    kind: str
    server: Server
    document: Mapping[str, Any]

    def section(self, name: str | None = None) -> Section:
        given = self.document["settings"].items()
        values = {
            field: value.replace("{server}", self.server.url) if isinstance(value, str) else value
            for field, value in given
        }
        return Section(name or self.kind, self.kind, provider_class(self.kind).settings(**values))

    def hooks(self) -> Iterator[tuple[Received, Mapping[str, Any]]]:
        for hook in self.document["hooks"]:
            body = read(self.kind, hook["file"]) if "file" in hook else json.dumps(hook["body"]).encode()
            yield Received(hook["headers"], body), hook


def read(kind: str, name: str) -> bytes:
    return (DATA / kind / name).read_bytes()


@contextmanager
def recorded(kind: str) -> Iterator[Recorded]:
    document = json.loads(read(kind, "contract.json"))
    with serving() as server:
        server.routes |= {path: _route(kind, answer) for path, answer in document["routes"].items()}
        yield Recorded(kind, server, document)


@contextmanager
def opened(found: Recorded) -> Iterator[Provider]:
    provider = open_provider(found.section())
    try:
        yield provider
    finally:
        provider.close()


def _route(kind: str, answer: Any) -> Route:
    if isinstance(answer, list):

        def page(asked: Asked) -> Reply:
            found = answer[min(int(asked.query.get("page", "0")), len(answer) - 1)]
            return Reply(json.loads(read(kind, found)) if isinstance(found, str) else found)

        return page
    if isinstance(answer, str):
        content = read(kind, answer)
        return Reply(json.loads(content) if answer.endswith(".json") else content)
    return Reply(answer)
