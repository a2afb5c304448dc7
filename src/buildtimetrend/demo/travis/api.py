"""What the simulated Travis CI answers: one request in, one response out. Nothing here knows of sockets."""

from __future__ import annotations

from collections.abc import Iterable

from buildtimetrend.demo.history import Expected
from buildtimetrend.demo.messages import Document, Request, Response, json_response, text_response
from buildtimetrend.demo.routes import split
from buildtimetrend.demo.travis import notifications
from buildtimetrend.demo.travis.catalogue import Catalogue
from buildtimetrend.demo.travis.storage import Storage
from buildtimetrend.demo.travis.v2 import answers as v2
from buildtimetrend.demo.travis.v3 import answers as v3


class TravisApi:
    """`public_key` is what `/config` gives, as PEM."""

    def __init__(self, catalogue: Catalogue, sender: notifications.Sender) -> None:
        self.catalogue = catalogue
        self.sender = sender
        self.public_key = notifications.pem(sender.key)
        self._url = ""
        self._storage = Storage(catalogue)
        self._v3 = v3.Answers(catalogue, self._storage)
        self._v2 = v2.Answers(catalogue, self._storage)

    def serve_at(self, url: str, storage_url: str) -> None:
        self._url, self._storage.url = url, storage_url

    def respond(self, request: Request) -> Response:
        if self._storage.url.endswith(f":{request.port}"):
            return self._storage.respond(request)
        if request.method not in {"GET", "HEAD"}:
            return v3.error(405, "method_not_allowed", "method not allowed")
        if self.catalogue.refuses(request):
            return text_response(b"access denied", 403)
        prefix, path = split(request.path)
        if path == "/config":
            return self._config()
        if prefix.endswith("/v3") or request.headers.get("travis-api-version") == "3":
            return self._v3.router.answer(request, path) or v3.not_found()
        return self._v2.router.answer(request, path) or v2.not_found()

    def notification(self, told: Document) -> tuple[dict[str, str], bytes]:
        """`form` and `signing` are those of `Sender.webhook`."""
        build = self.catalogue.finished(told["slug"], int(told["number"]))
        self.catalogue.announce(build)
        forms = {name: told[name] for name in ("form", "signing") if name in told}
        return self.sender.webhook(build, self._url, **forms)

    def restart(self, told: Document) -> None:
        self.catalogue.restart(told["slug"], int(told["number"]))

    def expected(self, slug: str) -> Iterable[Expected]:
        return self.catalogue.history.expected(slug)

    def controlled(self, path: str) -> bool:
        """`/_rotate_key`: sign with a new key from now on, and publish that."""
        if path == "/_rotate_key":
            self.sender.key = notifications.new_key()
            self.public_key = notifications.pem(self.sender.key)
        return path == "/_rotate_key"

    def _config(self) -> Response:
        webhook = {"public_key": self.public_key}
        return json_response({"config": {"host": "simulated", "notifications": {"webhook": webhook}}})
