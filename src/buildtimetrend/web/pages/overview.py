"""`/dashboard`: every project in a row, and for a service without any how to begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.requests import Request

from buildtimetrend import text
from buildtimetrend.findings.finding import IN_SECONDS
from buildtimetrend.installation import command
from buildtimetrend.providers import hook_path
from buildtimetrend.providers.base import Provider
from buildtimetrend.web.analysis import overview
from buildtimetrend.web.analysis.overview import Row, Show, Sort
from buildtimetrend.web.analysis.sparkline import around, sparkline
from buildtimetrend.web.http.public import is_of_this_machine, public_base
from buildtimetrend.web.imports import offered
from buildtimetrend.web.pages.frame import query
from buildtimetrend.web.pages.months import month_of
from buildtimetrend.web.params import Parameters
from buildtimetrend.web.services import Services

PER_PAGE = 100  # rows, each with its line
LONGEST_SEARCH = 200
IMPORTS = 5
FINDINGS = 5

# Columns of the table: what they are sorted by, the label, and the order that a first click gives. On a phone
# the first ones are in sight: they answer what became slower.
HEADS = (
    ("name", "project", "name", ""),
    ("median", "median job", "-median", "num"),
    ("change", "change", "-change", "num"),
    ("", "trend", "", ""),
    ("success", "passed", "success", "num"),
    ("builds", "builds", "-builds", "num"),
    ("result", "last result", "result", ""),
    ("last", "last build", "-last", "last"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page shows besides its range; `notes` are about what could not be used."""

    q: str
    sort: Sort
    show: Show
    page: int
    notes: list[str]


def asked(given: Mapping[str, str]) -> Asked:
    notes: list[str] = []

    def one_of(name: str, allowed: tuple[str, ...], default: str) -> str:
        value = given.get(name, "").strip() or default
        if value in allowed:
            return value
        notes.append(f"{name}: should be one of {', '.join(allowed)}. The default is used instead.")
        return default

    page = given.get("page", "").strip() or "1"
    if not (page.isascii() and page.isdecimal() and int(page[:9]) > 0 and len(page) < 10):
        notes.append("page: should be a number from 1. The default is used instead.")
        page = "1"
    return Asked(
        q=" ".join(given.get("q", "").split())[:LONGEST_SEARCH],
        sort=cast(Sort, one_of("sort", get_args(Sort), "name")),
        show=cast(Show, one_of("show", get_args(Show), "all")),
        page=int(page),
        notes=notes,
    )


def view(services: Services, request: Request, parameters: Parameters) -> dict[str, Any]:
    """What the template shows."""
    since, until, _ = parameters.range(datetime.now(UTC))
    projects = services.data.projects(since, until)
    if not projects:
        return {"projects": [], "total": 0, "asked_for": asked({}), **beginning(services, request)}
    wanted = asked(request.query_params)
    found = overview.chosen(projects, wanted.q, wanted.show, wanted.sort)
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(wanted.page, pages)
    rows = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    address = _Addresses(parameters, wanted)
    open_findings = services.data.open_findings()
    return {
        "findings": [_told(finding) for finding in open_findings[:FINDINGS]],
        "more_findings": max(0, len(open_findings) - FINDINGS),
        "in_projects": _in_projects(open_findings),
        "newest_finding": _newest_change(open_findings),
        "then": "" if services.auth.needs_sign_in(request) else "overview",
        "projects": _with_lines(services, rows, _foremost(open_findings), since, until),
        "total": len(projects),
        "found": len(found),
        "asked_for": wanted,
        "heads": [_head(head, wanted.sort, address) for head in HEADS],
        "cards": _cards(
            projects, wanted.show, address, "range" if parameters.since else parameters.timeframe
        ),
        "latest": overview.latest(projects),
        "page": page,
        "pages": pages,
        "previous_page": address.to(page=page - 1) if page > 1 else None,
        "next_page": address.to(page=page + 1) if page < pages else None,
        "timeframes": {
            name: address.to(timeframe=name, since=None, until=None)
            for name in ("day", "week", "month", "year")
        },
        "everything": address.to(q="", show="all", page=1),
        "hidden": address.kept(),
        "project_query": query(parameters),
        "bucket": overview.buckets_of(since, until)[1],
    }


def state(services: Services, projects: list[Row]) -> dict[str, Any]:
    """How all projects are, for the first page: the answer as its heading, then what stands on this one."""
    open_findings = services.data.open_findings()
    return {
        "answer": _answer(projects, open_findings),
        "findings": [_told(finding) for finding in open_findings[:FINDINGS]],
        "more_findings": max(0, len(open_findings) - FINDINGS),
        "in_projects": _in_projects(open_findings),
        "newest_finding": _newest_change(open_findings),
        "cards": _cards(projects, "", _Addresses(Parameters(), asked({})), "week"),
        "latest": overview.latest(projects),
        "coming": [found for found in services.work.imports(IMPORTS) if not found["finished_at"]],
    }


def _answer(projects: list[Row], open_findings: list[dict[str, Any]]) -> str:
    failing = [project["repo"] for project in projects if overview.failing(project)]
    longer = _in_projects(open_findings)
    of = f"of {text.counted(len(projects), 'project')}"
    said = (
        f"{longer} {of} {'takes' if longer == 1 else 'take'} longer" if longer else "No project takes longer"
    )
    fails = f"{failing[0]} fails" if len(failing) == 1 else f"{len(failing)} fail"
    return f"{said}; {fails}" if failing else said


def _in_projects(findings: list[dict[str, Any]]) -> int:
    return len({finding["repo"] for finding in findings})


def _newest_change(findings: list[dict[str, Any]]) -> datetime | None:
    began = (finding["since"]["started_at"] for finding in findings)
    return datetime.fromisoformat(newest) if (newest := max(began, default=None)) else None


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    """With its builds' instants, which JSON has as text, and its line."""
    since = finding["since"]
    return finding | {
        "alert": finding["state"],
        "worse": True,
        "since": since | {"started_at": datetime.fromisoformat(since["started_at"])},
        "line": around(finding.get("trend")),
    }


def beginning(services: Services, request: Request) -> dict[str, Any]:
    """How a service without builds gets some."""
    context, auth = services.context, services.auth
    base_url = public_base(context.settings, request)
    received = services.work.last_deliveries()
    return {
        "base_url": base_url,
        "set_ups": [_set_up(each, base_url, received) for each in context.providers.values()],
        "only_here": is_of_this_machine(base_url),
        "providers": offered(context),
        "most": context.settings.multi_import_max_builds,
        "needs_sign_in": auth.needs_sign_in(request),
        "imports": services.work.imports(IMPORTS),
        "looks_every": context.settings.sweep_interval,
        "demo": command("demo"),
    }


def _set_up(
    provider: Provider, base_url: str, received: Mapping[tuple[str, str | None], datetime]
) -> dict[str, Any]:
    """How a project is made to notify this service, and when the last notification came (`received_at`)."""
    told = provider.set_up(base_url + hook_path(provider))
    title = provider.title if provider.name == provider.kind else f"{provider.title} ({provider.name})"
    at = received.get((provider.kind, provider.instance))
    return {"name": provider.name, "title": title, "received_at": at, **asdict(told)}


class _Addresses:
    """Of this page with something changed; what has its default is left out."""

    def __init__(self, parameters: Parameters, wanted: Asked) -> None:
        self._given: dict[str, Any] = {
            **parameters.model_dump(mode="json", exclude_defaults=True),
            "q": wanted.q,
            "sort": wanted.sort,
            "show": wanted.show,
        }

    def to(self, **changes: Any) -> str:
        query = urlencode(_besides_defaults(self._given | changes))
        return f"/dashboard?{query}" if query else "/dashboard"

    def kept(self) -> dict[str, Any]:
        """What the form of the search hands on."""
        return {name: value for name, value in _besides_defaults(self._given).items() if name != "q"}


_DEFAULTS = {"timeframe": "week", "sort": "name", "show": "all", "page": 1}


def _besides_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in given.items() if v not in ("", None) and v != _DEFAULTS.get(k)}


def _head(head: tuple[str, str, str, str], sort: str, address: _Addresses) -> dict[str, Any]:
    column, label, first, kind = head
    holds = column != "" and sort.removeprefix("-") == column
    other = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    return {
        "label": label,
        "kind": kind,
        "href": address.to(sort=other if holds else first, page=1) if column else None,
        "sorted": ("descending" if sort.startswith("-") else "ascending") if holds else None,
    }


def _cards(projects: list[Row], show: str, address: _Addresses, before: str) -> list[dict[str, Any]]:
    """The summary, each with the projects that it counts."""
    counted = (
        ("all", text.noun_of(len(projects), "project"), len(projects), ""),
        ("failing", "failing now", sum(map(overview.failing, projects)), "error"),
        ("slower", f"slower than the {before} before", sum(map(overview.slower, projects)), "warning"),
        ("silent", "without builds in this range", sum(map(overview.silent, projects)), ""),
    )
    return [
        {
            "name": name,
            "label": label,
            "count": count,
            "grade": grade if count else "",
            "href": address.to(show=name, page=1),
            "current": name == show,
        }
        for name, label, count, grade in counted
    ]


def _foremost(findings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By project, of those that are of durations."""
    timed = [one for one in findings if one["what"] in IN_SECONDS]
    return {one["repo"]: _told(one) for one in reversed(timed)}


def _with_lines(
    services: Services,
    rows: list[Row],
    found: Mapping[str, dict[str, Any]],
    since: datetime,
    until: datetime,
) -> list[Row]:
    begin, interval = overview.buckets_of(since, until)
    _, trends = services.data.trends([row["repo_id"] for row in rows], begin, until, interval)
    return [
        row
        | {"line": sparkline(trends[row["repo_id"]]), "said": _said(trends[row["repo_id"]])}
        | {"last_month": _last_month(row), "finding": found.get(row["repo"])}
        | dict(zip(("owner", "slash", "name"), row["repo"].rpartition("/"), strict=True))
        for row in rows
    ]


def _last_month(row: Row) -> dict[str, str] | None:
    """Where a project's builds are, if none are in the range."""
    last = row["last_finished_at"]
    if not overview.silent(row) or not last:
        return None
    month = month_of(last, Parameters())
    return {"name": month.name, "query": query(month.parameters)}


def _said(values: list[float | None]) -> str:
    """The line in words."""
    known = [value for value in values if value is not None]
    if not known:
        return "no builds"
    first, last = text.duration(known[0]), text.duration(known[-1])
    return (
        f"from {first} to {last}, between {text.duration(min(known))} and {text.duration(max(known))}"
        if len(known) > 1
        else last
    )
