"""How commands reach the service: the one that runs, else one of their own for as long as they need it.

DuckDB has one owner. A running service says where it is in a file beside the database; so every command
speaks HTTP, and there is one way of doing things.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import typer

from buildtimetrend import logging_setup
from buildtimetrend.errors import Error
from buildtimetrend.settings import Loaded

PAGE = 1000  # entries of a list that one answer has at most


def of_repo(repo: str, what: str) -> str:
    """The path of something that the API has of a repo, whatever was typed for that."""
    return f"/projects/{quote(repo, safe='')}/{what}"


class ServiceClient:
    """The service's API. `stays` is whether it runs on when the command has ended."""

    def __init__(self, base_url: str, token: str, *, stays: bool = False) -> None:
        self.base_url = base_url
        self.stays = stays
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60)

    def get(self, path: str, **params: str | int) -> Any:
        """The answer's JSON. Raises `Error` with the service's own message."""
        return self._answer(self._http.get(f"/api/v1{path}", params=params))

    def each(self, path: str, name: str, **params: str | int) -> Iterator[Any]:
        """All entries of a list, page by page."""
        for offset in itertools.count(0, PAGE):
            page = self.get(path, limit=PAGE, offset=offset, **params)[name]
            yield from page
            if len(page) < PAGE:
                return

    def post(self, path: str, body: object = None) -> Any:
        return self._answer(self._http.post(f"/api/v1{path}", json=body))

    def close(self) -> None:
        self._http.close()

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        content = response.json()
        if response.is_error:
            error = content["error"]
            detail, message = error.get("detail"), error["message"]
            raise Error(f"{message} ({detail})" if detail and detail not in message else message)
        return content


@contextmanager
def connected(loaded: Loaded, *, tells: bool = False) -> Iterator[ServiceClient]:
    """A client of the service that owns the store; without one, of a service of our own meanwhile.

    A command that itself `tells` what could not be done has errors alone logged beside it, unless the
    settings say what is logged.
    """
    from buildtimetrend import bootstrap  # noqa: PLC0415 - half a second that `parse` does without

    settings = loaded.settings
    logging_setup.set_up(settings, errors_only=tells and loaded.sources["loglevel"] == "default")
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    address = bootstrap.address_of_owner(settings)
    if address and _answers(address):
        yield from _client(address, settings.admin_token, stays=True)
        return
    token = settings.admin_token or secrets.token_urlsafe()
    own = replace(settings, host="127.0.0.1", port=0, admin_token=token, start_wait=0.0)
    with bootstrap.serving(own) as url:
        yield from _client(url, token)


def _client(url: str, token: str, *, stays: bool = False) -> Iterator[ServiceClient]:
    client = ServiceClient(url, token, stays=stays)
    try:
        yield client
    finally:
        client.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=5).is_success
    except httpx.HTTPError:
        return False  # left behind by a service that was killed
