"""`/badges/{repo}`: every badge of a project, and the lines that show the chosen one in a README."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from buildtimetrend import text
from buildtimetrend.filters import FILTERS
from buildtimetrend.web.badges import BADGES, DEFAULT_INTERVAL, DEFAULT_TYPE, INTERVALS
from buildtimetrend.web.http.public import public_base
from buildtimetrend.web.http.templating import page
from buildtimetrend.web.pages.filters import filter_fields
from buildtimetrend.web.params import Parameters, lenient, slug
from buildtimetrend.web.services import Services

FORMATS = {"markdown": "Markdown", "html": "HTML", "rst": "reStructuredText", "url": "URL"}
SHIELDS = "https://img.shields.io/endpoint?"


@dataclass(frozen=True, slots=True)
class Chosen:
    """`filtered` has the filters, over the interval; `notes` are about what could not be used."""

    type: str
    interval: str
    format: str
    filtered: Parameters
    notes: list[str]


class BadgesPage:
    def __init__(self, services: Services) -> None:
        self._repos = services.repos
        self._data = services.data
        self._settings = services.context.settings

    def badges(self, request: Request) -> Response:
        repo = slug(request.path_params["repo"])
        self._repos.require(repo)
        wanted = chosen(request.query_params)
        here = public_base(self._settings, request)
        # Always with type and interval: a repo may be called `jobs`.
        picture = f"/badge/{text.path(repo)}/{wanted.type}/{wanted.interval}"
        filters = wanted.filtered.filters.items()
        narrowed = _query({FILTERS[name].short: value for name, value in filters})
        kept = _query({FILTERS[name].parameter: value for name, value in filters})
        target = f"{here}/dashboard/{text.path(repo)}{kept}"
        endpoint = f"{here}{picture}.json{narrowed}"
        label = BADGES[wanted.type].label
        return page(
            "badges.html",
            repo=repo,
            action=f"/badges/{text.path(repo)}",
            notes=wanted.notes,
            chosen=wanted,
            badges=BADGES,
            intervals=list(INTERVALS),
            formats=FORMATS,
            filters=filter_fields(self._data, repo, wanted.filtered),
            kept=kept,
            narrowed=narrowed,
            picture=picture,
            snippet=snippet(wanted.format, label, f"{here}{picture}{narrowed}", target),
            endpoint=endpoint,
            shields=SHIELDS + urlencode({"url": endpoint}, quote_via=quote, safe=""),
        )


def chosen(given: Mapping[str, str]) -> Chosen:
    notes: list[str] = []

    def one_of(name: str, allowed: Mapping[str, object], default: str) -> str:
        value = given.get(name, "").strip() or default
        if value in allowed:
            return value
        notes.append(f"{name}: should be one of {', '.join(allowed)}. The default is used instead.")
        return default

    interval = one_of("interval", INTERVALS, DEFAULT_INTERVAL)
    names = {row.parameter for row in FILTERS.values()}
    filtered = lenient({name: given[name] for name in given.keys() & names} | {"timeframe": interval})
    return Chosen(
        type=one_of("type", BADGES, DEFAULT_TYPE),
        interval=interval,
        format=one_of("format", FORMATS, "markdown"),
        filtered=filtered.parameters,
        notes=notes + filtered.notes,
    )


def _query(given: Mapping[str, str]) -> str:
    return f"?{urlencode(given)}" if given else ""


def snippet(form: str, label: str, picture: str, target: str) -> str:
    """What shows the picture and leads to the dashboard; addresses are percent-encoded already."""
    if form == "markdown":
        return f"[![{label}]({picture})]({target})"
    if form == "html":
        return f'<a href="{escape(target)}"><img src="{escape(picture)}" alt="{escape(label)}"></a>'
    if form == "rst":
        return f".. image:: {picture}\n   :target: {target}\n   :alt: {label}"
    return picture
