"""How GitHub is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlsplit

from buildtimetrend.errors import TemporaryError
from buildtimetrend.providers import http
from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.http import Answer, Client, Refused, ServerFailed

# A limit that does not say when it ends is GitHub's secondary one: at least a minute.
PEER = http.Peer("GitHub", token="github.token", address="github.api_url", pause=60.0)  # noqa: S106
HEADERS: Mapping[str, str] = MappingProxyType(
    {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
)
PAGE, SMALL_PAGE = 100, 30  # GitHub fails at whole pages of jobs that have many steps
MOST = 10_000  # of one list
_MOVED = {301, 308}
_NO_ACCESS = {401, 403, 404}  # GitHub says 404 also of what a token may not see


class Proof(Protocol):
    """What proves who asks, for each repo: a token, or what a GitHub App gets for it."""

    def headers(self, repo: str) -> Mapping[str, str]: ...

    def counted(self, repo: str) -> str:
        """What GitHub counts requests by."""
        ...

    def refused(self, repo: str, status: int) -> bool:
        """Whether another try may be answered otherwise, after one was refused."""
        ...


class Token:
    def __init__(self, token: str) -> None:
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def headers(self, repo: str) -> Mapping[str, str]:  # noqa: ARG002 - one for all
        return self._headers

    def counted(self, repo: str) -> str:  # noqa: ARG002
        return ""

    def refused(self, repo: str, status: int) -> bool:  # noqa: ARG002
        return False


class Api:
    """Safe to use from several threads."""

    def __init__(self, client: Client, proof: Proof) -> None:
        self.client = client
        self.proof = proof

    def get(self, repo: str, path: str, *, etag: str | None = None) -> Answer:
        """A JSON document about a repo; raises like `Client.json`. A repo that was renamed is found.

        With `etag` of an earlier answer there is no document where nothing has changed.
        """
        headers = {**HEADERS, "if-none-match": etag} if etag else HEADERS
        try:
            return self._get(repo, path, headers)
        except Refused as error:
            if error.http_status in _NO_ACCESS and self.proof.refused(repo, error.http_status):
                return self._get(repo, path, headers)
            moved = self._moved(error)
            if moved is None:
                raise
            return self._get(repo, moved, headers)

    def document(self, repo: str, path: str) -> object:
        return self.get(repo, path).document

    def each(self, repo: str, path: str, name: str) -> Iterator[Fields]:
        """What all pages of a list have, each thing once; without a `name` the answer itself is the list.
        Smaller pages are asked for where GitHub fails.
        """
        seen: set[str] = set()
        size, number = PAGE, 1
        while (number - 1) * size < MOST:
            separator = "&" if "?" in path else "?"
            try:
                answer = self.get(repo, f"{path}{separator}per_page={size}&page={number}")
            except ServerFailed:
                if size == SMALL_PAGE:
                    raise
                size, number = SMALL_PAGE, 1
                continue
            document = answer.document if name else {"": answer.document}
            found = list(Fields(document).each(name))
            fresh = [each for each in found if each.id("id") not in seen]
            seen |= {each.id("id") for each in fresh}
            yield from fresh
            if not answer.leads_on(len(found), size) or (found and not fresh and size == PAGE):
                return
            number += 1
        raise TemporaryError(f"GitHub's list of {name} does not end after {MOST}.")

    def _get(self, repo: str, path: str, headers: Mapping[str, str]) -> Answer:
        proof = self.proof.headers(repo)
        return self.client.answer(path, headers, authorization=proof, counted=self.proof.counted(repo))

    def _moved(self, error: Refused) -> str | None:
        """The path at this server that a repo's old name leads to."""
        if error.http_status not in _MOVED:
            return None
        told = error.answer.get("url") if isinstance(error.answer, dict) else None
        target = told or error.location
        base = f"{self.client.base_url}/"
        if not isinstance(target, str):
            return None
        if target.startswith("/"):
            target = target.removeprefix(urlsplit(self.client.base_url).path)
            return target if target.startswith("/") else None
        return f"/{target[len(base) :]}" if target.startswith(base) else None
