"""A comment on a pull request that is edited in place: found again by a mark in it."""

from __future__ import annotations

import hmac
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from buildtimetrend import json_text
from buildtimetrend.alerts.base import BadMessage
from buildtimetrend.alerts.http import MOST_OF_ANSWER, OF_MESSAGE, Answer, Http
from buildtimetrend.alerts.message import Message
from buildtimetrend.alerts.pull_request import comment, over
from buildtimetrend.alerts.pull_requests import Comparison, PullRequestChannel, checked_number
from buildtimetrend.errors import TemporaryError

PAGE = 100
MOST_PAGES = 20
MOST_OF_PAGE = 8 * 1024**2  # bytes: comments may be long
# Answers about one pull request: to those of other repos the token may write.
OF_ONE = OF_MESSAGE | {403, 404, 410, 423}
MARK = "<!-- buildtimetrend {} -->"


@dataclass(frozen=True, slots=True)
class Found:
    """A comment that stands."""

    id: str
    body: str


class CommentChannel(PullRequestChannel):
    """One comment for each pipeline."""

    def __init__(self, base_url: str, token: str, headers: dict[str, str]) -> None:
        super().__init__(base_url)
        self._token = token
        self._headers = headers
        self._http = Http(self.title, (token,), OF_ONE)

    def put(self, of: Comparison) -> str:
        body = comment(of.found, of.base, of.links) if of.is_large else None
        return self.bring(of.repo, of.number, of.pipeline, body, over(of.found, of.base))

    def bring(self, repo: str, number: str, pipeline: str, body: str | None, over: str) -> str:
        """The comment about that pipeline up to date. Without a `body` there is nothing to say: one that
        stands says `over`.
        """
        checked_number(number)
        mark = MARK.format(self._mark(repo, number, pipeline))
        found = self._find(repo, number, mark)
        if found is None and body is None:
            return "within noise: nothing is written"
        wanted = f"{mark}\n{over if body is None else body}"
        if found is None:
            self._write("POST", self.comments(repo, number), wanted)
            return "written"
        if found.body.replace("\r\n", "\n").strip() == wanted.strip():
            return "as it was"
        method, path = self.edited(repo, number, found.id)
        self._write(method, path, wanted)
        return "edited"

    def send(self, message: Message, now: datetime) -> str:
        """Nothing is written of a test but whose token it is."""
        document = self._read("/user")
        name = document.get("login") or document.get("username") if isinstance(document, dict) else None
        return f"the token is that of {name}; nothing was written"

    def close(self) -> None:
        self._http.close()

    @abstractmethod
    def comments(self, repo: str, number: str) -> str:
        """The path of the list of comments, to which new ones are posted."""

    @abstractmethod
    def edited(self, repo: str, number: str, comment: str) -> tuple[str, str]:
        """Method and path by which a comment is changed."""

    def _find(self, repo: str, number: str, mark: str) -> Found | None:
        """The oldest with the mark: others may have copied it."""
        for one in self._each(self.comments(repo, number)):
            body = one.get("body")
            if isinstance(body, str) and body.startswith(mark):
                return Found(str(one.get("id")), body)
        return None

    def _each(self, path: str) -> Iterator[dict[str, Any]]:
        for page in range(1, MOST_PAGES + 1):
            separator = "&" if "?" in path else "?"
            found = self._read(f"{path}{separator}per_page={PAGE}&page={page}")
            if not isinstance(found, list):
                raise TemporaryError(f"{self.title}'s list of comments is none.")
            yield from (one for one in found if isinstance(one, dict))
            if len(found) < PAGE:
                return
        raise BadMessage(f"{self.title} lists more than {MOST_PAGES * PAGE} comments.")

    def _read(self, path: str) -> Any:
        answer = self._ask("GET", path, most=MOST_OF_PAGE)
        try:
            return json_text.loads(answer.body)
        except orjson.JSONDecodeError:
            raise TemporaryError(f"{self.title}'s answer is not JSON.") from None

    def _write(self, method: str, path: str, body: str) -> None:
        self._ask(method, path, orjson.dumps({"body": body}))

    def _ask(self, method: str, path: str, content: bytes = b"", most: int = MOST_OF_ANSWER) -> Answer:
        return self._http.send(method, self._base + path, content, self._headers, most=most)

    def _mark(self, repo: str, number: str, pipeline: str) -> str:
        """Nobody else can make it up."""
        of = "\n".join((repo.lower(), number, pipeline)).encode()
        return hmac.new(self._token.encode(), of, sha256).hexdigest()[:32]
