"""Where the logs are: some in the API itself, archived ones at a storage host that wants a signed address."""

from __future__ import annotations

import hashlib
import re

from buildtimetrend.demo.builds import LogKind, SimulatedJob
from buildtimetrend.demo.messages import Request, Response, redirect, text_response
from buildtimetrend.demo.routes import ID
from buildtimetrend.demo.travis.catalogue import Catalogue

_ARCHIVED = re.compile(rf"/archive/jobs/{ID}/log\.txt")


class Storage:
    """`url` is the storage host's."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.url = ""
        self._catalogue = catalogue

    def log_text(self, job: SimulatedJob) -> Response | None:
        """The API's answer; None when the log was removed."""
        if job.log_kind is LogKind.MISSING:
            return None
        if job.log_kind is LogKind.ARCHIVED:
            return redirect(f"{self.url}/archive/jobs/{job.id}/log.txt?signature={log_token(job)}")
        return text_response(job.log())

    def respond(self, request: Request) -> Response:
        """Like the real host, it refuses a request that is signed and carries a token as well."""
        if "authorization" in request.headers:
            return _xml(400, "InvalidArgument")
        match = _ARCHIVED.fullmatch(request.path)
        found = self._catalogue.job(int(match[1])) if match else None
        if not found or found[0].log_kind is not LogKind.ARCHIVED:
            return _xml(404, "NoSuchKey")
        if request.query.get("signature") != log_token(found[0]):
            return _xml(403, "AccessDenied")
        return text_response(found[0].log())


def log_token(job: SimulatedJob) -> str:
    return hashlib.sha256(b"simulated/%d" % job.id).hexdigest()[:20]


def _xml(status: int, code: str) -> Response:
    return Response(status, f"<Error><Code>{code}</Code></Error>".encode(), "application/xml")
