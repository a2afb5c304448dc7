"""What GitLab serves as a job's trace: text, or a page to sign in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from buildtimetrend.model import Job, LogState
from buildtimetrend.providers.base import JobLog
from buildtimetrend.providers.gitlab.places import API, project_path
from buildtimetrend.providers.http import Client
from buildtimetrend.providers.http.download import Asked, open_log

_ACCEPT = {"accept": "text/plain"}
_PAGES = (b"<!doctype html", b"<html")


def open_trace(client: Client, repo: str, job: Job, cap: int) -> JobLog:
    """Raises `TemporaryError` or `Stopped`."""
    path = f"{API}{project_path(repo)}/jobs/{job.id}/trace"
    return open_log(client, Asked(path, _ACCEPT, cap, _unless_page, page_refuses=True))


def _unless_page(pieces: Iterable[bytes], kind: str, log: JobLog) -> Iterator[bytes]:  # noqa: ARG001 - see Unwrap
    """A page that is sent as if it were text is one nevertheless."""
    begun = False
    for piece in pieces:
        if not begun and piece and piece.lstrip()[:20].lower().startswith(_PAGES):
            for _ in pieces:
                pass
            log.state = LogState.MISSING
            return
        begun = begun or bool(piece)
        yield piece
