"""What to do about an error: the part of its page that goes beyond saying what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from buildtimetrend.web.http.problems import Problem
from buildtimetrend.web.nearest import LONGEST_NAME, nearest

Links = tuple[tuple[str, str], ...]

_TITLES = {
    400: "This request cannot be answered",
    401: "This needs the admin token",
    403: "This is not allowed",
    404: "Not found",
    405: "Not that way",
    413: "That is too much",
    422: "A value cannot be used",
    429: "Too many requests",
    500: "Something went wrong",
    502: "The CI refused",
    503: "Not available just now",
}
_OVERVIEW = ("/dashboard", "All projects")
_START = ("/", "How to begin")
_LINKS: dict[int, Links] = {
    401: (("/sign-in", "Sign in"), _OVERVIEW),
    403: (("/sign-in", "Sign in"), _OVERVIEW),
    404: (_OVERVIEW, _START),
    405: (("/docs", "What there is"), _OVERVIEW),
    422: (("/docs", "What is allowed"), _OVERVIEW),
}
_OF_PROJECTS = (
    "/dashboard/",
    "/build/",
    "/builds/",
    "/findings/",
    "/steps/",
    "/jobs/",
    "/when/",
    "/step/",
    "/job/",
)
_ABOUT = {
    400: "At fault:",
    403: "At fault:",
    413: "At fault:",
    422: "At fault:",
    500: "If you run this service, look for this id in its log:",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """`about` introduces the problem's detail; `search` starts a form, `links` lead on."""

    title: str
    about: str
    links: Links
    nearest: list[str]
    search: str | None


def advice(problem: Problem, path: str, names: Callable[[], Iterable[str]]) -> Advice:
    """`names` are those of the projects that may be shown."""
    is_of_project = problem.status == 404 and path.startswith(_OF_PROJECTS)
    there = list(names()) if is_of_project else []
    project = _project(path, there)
    wanted = _wanted(path) if is_of_project and not project else None
    links = _LINKS.get(problem.status, (_OVERVIEW,))
    return Advice(
        title=_TITLES.get(problem.status, "This did not work"),
        about=_about(problem),
        links=(*_links_of(project), *links) if project else links,
        nearest=nearest(wanted, there) if wanted else [],
        search=wanted and wanted.rsplit("/", 1)[-1][:LONGEST_NAME],
    )


def _project(path: str, names: Iterable[str]) -> str | None:
    """That whose address the path is within: what is not there is something of it."""
    return max((name for name in names if f"/{name}/" in f"{path}/"), key=len, default=None)


def _links_of(project: str) -> Links:
    named = quote(project)
    return (f"/builds/{named}", f"Builds of {project}"), (f"/dashboard/{named}", project)


def _about(problem: Problem) -> str:
    seconds = problem.headers.get("Retry-After")
    if seconds:
        return f"Try again in {_in_words(float(seconds))}."
    if problem.status == 503:
        return "Try again in a minute."
    return _ABOUT.get(problem.status, "") if problem.detail else ""


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} seconds"
    return f"{math.ceil(seconds / 60)} minutes"


def _wanted(path: str) -> str | None:
    """The project that an address of one was meant to be."""
    parts = path.strip("/").split("/")
    if parts[0] == "dashboard" and len(parts) > 1:
        return "/".join(parts[1:])
    if parts[0] == "build" and len(parts) > 3:
        return "/".join(parts[2:-1])
    return None
