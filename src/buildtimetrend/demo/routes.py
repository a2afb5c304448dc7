"""From a path to what answers it."""

from __future__ import annotations

import re
from collections.abc import Callable

from buildtimetrend.demo.messages import Request, Response

ID = r"(\d{1,18})"
_PREFIX = re.compile(r"(/api)?(/v3)?(?=/)")


class Router:
    """Each route is a pattern of the whole path and a function of the request and the pattern's groups."""

    def __init__(self, *routes: tuple[str, Callable[..., Response]]) -> None:
        self._routes = [(re.compile(pattern), answer) for pattern, answer in routes]

    def answer(self, request: Request, path: str) -> Response | None:
        for pattern, answer in self._routes:
            if match := pattern.fullmatch(path):
                return answer(request, *match.groups())
        return None


def split(path: str) -> tuple[str, str]:
    """The prefix (`/api` at an Enterprise host, `/v3`, both or none) and the resource's path."""
    match = _PREFIX.match(path)
    prefix = match[0] if match else ""
    return prefix, path[len(prefix) :]
