"""What the simulated Travis CI answers: one request in, one response out. Nothing here knows of sockets."""

from __future__ import annotations

from buildtimetrend.demo.catalogue import Catalogue
from buildtimetrend.demo.messages import Request, Response, json_response, text_response
from buildtimetrend.demo.routes import split
from buildtimetrend.demo.storage import Storage
from buildtimetrend.demo.v2 import answers as v2
from buildtimetrend.demo.v3 import answers as v3


class TravisApi:
    """`public_key` is what `/config` gives, as PEM."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.public_key = ""
        self.storage = Storage(catalogue)
        self._catalogue = catalogue
        self._v3 = v3.Answers(catalogue, self.storage)
        self._v2 = v2.Answers(catalogue, self.storage)

    def respond(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return v3.error(405, "method_not_allowed", "method not allowed")
        if self._catalogue.refuses(request):
            return text_response(b"access denied", 403)
        prefix, path = split(request.path)
        if path == "/config":
            return self._config()
        if prefix.endswith("/v3") or request.headers.get("travis-api-version") == "3":
            return self._v3.router.answer(request, path) or v3.not_found()
        return self._v2.router.answer(request, path) or v2.not_found()

    def _config(self) -> Response:
        webhook = {"public_key": self.public_key}
        return json_response({"config": {"host": "simulated", "notifications": {"webhook": webhook}}})
