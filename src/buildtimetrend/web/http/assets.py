"""The files of pages under `/static`, at addresses that change with their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.web.http.lean import without_comments

YEAR = 365 * 24 * 3600
# Fonts and pictures are compressed already.
COMPRESSED = frozenset({".css", ".js", ".svg", ".txt"})
OURS = "js/"  # all else is vendored, or small
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}

_FOLDER = resources.files("buildtimetrend.web") / "static"


def asset(name: str) -> str:
    """The address of a file. Modules import each other by relative paths: one digest covers them all."""
    return f"/static/{_digest()}/{name}"


def serve(request: Request) -> Response:
    """A file; for good at its present address, and for now at one of another version of the program."""
    name = request.path_params["name"]
    content = _read(name)
    if content is None:
        raise HTTPException(404)
    current = request.path_params["digest"] == _digest()
    headers = {
        "Cache-Control": f"public, max-age={YEAR}, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    suffix = PurePosixPath(name).suffix
    if suffix in COMPRESSED and "gzip" in request.headers.get("accept-encoding", ""):
        content = _compressed(name)
        headers["Content-Encoding"] = "gzip"
    media_type = MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, headers=headers, media_type=media_type)


def _read(name: str) -> bytes | None:
    return _content(name) if name in _names() else None


def _content(name: str) -> bytes:
    content = (_FOLDER / name).read_bytes()
    if name.startswith(OURS) and name.endswith(".js"):
        return without_comments(content.decode()).encode()
    return content


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(_content(name), 9, mtime=0)


@cache
def _names() -> frozenset[str]:
    """What there is: nothing else is ever opened, whatever a path says."""
    found: list[str] = []
    folders = [(_FOLDER, "")]
    while folders:
        folder, prefix = folders.pop()
        for entry in folder.iterdir():
            if entry.is_dir():
                folders.append((entry, f"{prefix}{entry.name}/"))
            else:
                found.append(prefix + entry.name)
    return frozenset(found)


@cache
def _digest() -> str:
    digest = hashlib.sha256()
    for name in sorted(_names()):
        digest.update(name.encode())
        digest.update((_FOLDER / name).read_bytes())
    return digest.hexdigest()[:12]
