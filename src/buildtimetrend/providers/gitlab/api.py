"""How GitLab is asked: its REST API page by page, and GraphQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from buildtimetrend.errors import TemporaryError
from buildtimetrend.providers import http
from buildtimetrend.providers.fields import TOP, Fields, WrongField
from buildtimetrend.providers.gitlab.places import API

PEER = http.Peer("GitLab", token="gitlab.token", address="gitlab.url", pause=60.0)  # noqa: S106 - a setting's name
PAGE = 100


class Circle(TemporaryError):
    """A list whose pages lead to each other."""


MOST_PAGES = 100  # of one list
_JOB_TOKEN = "glcbt-"  # noqa: S105 - how they begin
_OAUTH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*\brel="?next\b')


class Api:
    """Raises `TemporaryError`, `Refused`, or `Stopped`; `WrongField` for answers that are wrong."""

    def __init__(
        self, instance: str, authorization: Mapping[str, str], connections: int, limits: http.Limits
    ) -> None:
        self.client = http.Client(PEER, instance, authorization, connections, limits)

    def one(self, path: str) -> Fields:
        return Fields(self.client.json(API + path))

    def listed(self, path: str) -> list[Fields]:
        """A list that is no longer than a page."""
        return _each(self.client.json(API + path))

    def pages(
        self, path: str, query: Mapping[str, str], most: int = MOST_PAGES, *, short_ends: bool = False
    ) -> Iterator[list[Fields]]:
        """Pages that hold anything, up to the last; how many there are GitLab does not say of long lists.

        `short_ends`: a page that is not full is the last, where nothing is said of a next one. Raises
        `Circle` where a page leads nowhere.
        """
        asked = {**query, "per_page": str(PAGE)}
        first = int(query.get("page", 1))
        for number in range(first, first + most):
            answer = self.client.answer(f"{API}{path}?{urlencode(asked)}")
            found = _each(answer.document)
            if not found:
                return
            yield found
            if short_ends and len(found) < PAGE and not _told(answer.headers):
                return
            further = _following(answer.headers, number)
            if further is None:
                return
            if further.items() <= asked.items():
                raise Circle(f"GitLab's list of {path} goes in a circle.")
            asked |= further

    def whole(self, path: str, query: Mapping[str, str]) -> list[Fields]:
        return [each for page in self.pages(path, query, short_ends=True) for each in page]

    def graph(self, query: str, variables: Mapping[str, object]) -> object:
        """What GraphQL answers, with its errors."""
        content = {"query": query, "variables": dict(variables)}
        return self.client.answer("/api/graphql", content=content).document


def authorization(token: str, kind: str) -> dict[str, str]:
    """Those of persons, projects and groups look alike; those of jobs and of OAuth have their own forms."""
    if not token:
        return {}
    if kind == "job" or (kind == "auto" and token.startswith(_JOB_TOKEN)):
        return {"job-token": token}
    if kind == "oauth" or (kind == "auto" and _OAUTH.fullmatch(token)):
        return {"authorization": f"Bearer {token}"}
    return {"private-token": token}


def _each(document: object) -> list[Fields]:
    if not isinstance(document, list):
        raise WrongField(TOP, "a list")
    return [Fields(each, f"[{place}]") for place, each in enumerate(document)]


def _told(headers: Mapping[str, str]) -> bool:
    return "x-next-page" in headers or "link" in headers


def _following(headers: Mapping[str, str], number: int) -> dict[str, str] | None:
    """What else to ask for; None at the end. By number, or by key where GitLab pages so; where it says
    neither, the next page may be empty.
    """
    told = headers.get("x-next-page")
    if told is not None:
        return {"page": told.strip()} if told.strip() else None
    link = headers.get("link")
    if link is None:
        return {"page": str(number + 1)}
    following = _NEXT.search(link)
    try:
        # Of its address the query alone: the server may know itself by another name.
        return dict(parse_qsl(urlsplit(following[1]).query)) if following else None
    except ValueError:
        return None
