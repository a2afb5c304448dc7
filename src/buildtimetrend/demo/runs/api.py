"""What the simulated APIs of GitHub and GitLab do alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from urllib.parse import unquote

from buildtimetrend.demo.history import Expected
from buildtimetrend.demo.limit import Limit
from buildtimetrend.demo.messages import Document, Request, Response
from buildtimetrend.demo.runs.catalogue import RunCatalogue
from buildtimetrend.demo.runs.definitions import Repository
from buildtimetrend.demo.runs.run import Run


class RunsApi(ABC):
    """Opened by `token`; webhooks are signed with `secret`."""

    def __init__(self, catalogue: RunCatalogue, limit: Limit, token: str, secret: str) -> None:
        self.limit = limit
        self._catalogue = catalogue
        self._token = token
        self._secret = secret

    @abstractmethod
    def serve_at(self, url: str, storage_url: str, /) -> None: ...

    @abstractmethod
    def respond(self, request: Request) -> Response: ...

    @abstractmethod
    def notification(self, told: Document) -> tuple[dict[str, str], bytes]: ...

    def restart(self, told: Document) -> None:
        self._catalogue.restart(int(told["id"]))

    def expected(self, slug: str) -> Iterable[Expected]:
        return self._catalogue.history.expected(slug)

    def controlled(self, path: str) -> bool:
        """`/_exhaust`: no requests are left until the limit's next window."""
        if path == "/_exhaust":
            self.limit.take(self.limit.limit)
        return path == "/_exhaust"

    @abstractmethod
    def _given(self, request: Request) -> str:
        """The token that a request carries; empty without one."""

    def _refuses(self, request: Request) -> bool:
        """Whether the request carries a token that nobody knows."""
        return self._given(request) not in {"", self._token}

    def _visible(self, request: Request, slug_or_id: str) -> Repository | None:
        found = self._catalogue.history.repository(unquote(slug_or_id))
        knows = self._given(request) == self._token
        return found if found and (knows or not found.project.private) else None

    def _told(self, told: Document) -> Run:
        """The run that a webhook is about; its result is now on its way to the API."""
        run = self._catalogue.finished(int(told["id"]))
        self._catalogue.announce(run)
        return run
