"""The files of pages under `/static`, at addresses that change with their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend.web.http.lean import without_comments

YEAR = 365 * 24 * 3600
# Fonts and pictures are compressed already.
COMPRESSED = frozenset({".css", ".js", ".svg", ".txt"})
OURS = "js/"  # all else is vendored, or small
# `css/base+components.css` is both: nothing is painted before the last sheet is there.
SHEETS, AND = "css/", "+"
MOST_KEPT = 128  # compressed: more than there are files and sheets that pages ask for together
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}

_FOLDER = resources.files("buildtimetrend.web") / "static"


def asset(name: str) -> str:
    """The address of a file. Modules import each other by relative paths: one digest covers them all."""
    return f"/static/{_digest()}/{name}"


def styles(*names: str) -> str:
    """The address of several stylesheets as one."""
    return asset(f"{SHEETS}{AND.join(names)}.css")


@cache
def with_imports(name: str) -> tuple[str, ...]:
    """A vendored script and what it imports: a browser that is told need not read the script first."""
    return (name, *(f"vendor/{other}" for other in _IMPORTED.findall(_content(name).decode())))


_IMPORTED = re.compile(r'from"\./([^"]+)"')


async def serve(request: Request) -> Response:
    """A file; for good at its present address, and for now at one of another version of the program."""
    name = request.path_params["name"]
    if not set(_parts(name)) <= _names():
        raise HTTPException(404)
    current = request.path_params["digest"] == _digest()
    headers = {
        "Cache-Control": f"public, max-age={YEAR}, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    suffix = PurePosixPath(name).suffix
    if suffix in COMPRESSED and "gzip" in request.headers.get("accept-encoding", ""):
        content = _kept.get(name) or await run_in_threadpool(_compressed, name)
        headers["Content-Encoding"] = "gzip"
    else:
        content = await run_in_threadpool(_content, name)
    media_type = MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, headers=headers, media_type=media_type)


def _parts(name: str) -> list[str]:
    """The files that an address is of: one, or several sheets, none of them twice."""
    folder, _, sheets = name.rpartition("/")
    parts = sheets.removesuffix(".css").split(AND)
    if f"{folder}/" != SHEETS or len(parts) == 1 or len(set(parts)) < len(parts):
        return [name]
    return [f"{SHEETS}{part}.css" for part in parts]


def _content(name: str) -> bytes:
    content = b"\n".join((_FOLDER / part).read_bytes() for part in _parts(name))
    if name.startswith(OURS) and name.endswith(".js"):
        return without_comments(content.decode()).encode()
    return content


def _compressed(name: str) -> bytes:
    content = gzip.compress(_content(name), 9, mtime=0)
    while len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[name] = content
    return content


_kept: dict[str, bytes] = {}


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
