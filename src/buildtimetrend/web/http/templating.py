"""Pages from templates: everything is escaped unless a template says otherwise, and none does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec

import jinja2
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from buildtimetrend import __version__, text
from buildtimetrend.alerts.began import first_of, is_one_build, may_be_a_commit, no_commit
from buildtimetrend.enough import SIDE, notable
from buildtimetrend.findings.sentences.words import day
from buildtimetrend.findings.series import job_of
from buildtimetrend.model import Series, Value
from buildtimetrend.steps import shortened
from buildtimetrend.web.http.addresses import build_address, builds_around, own_address
from buildtimetrend.web.http.assets import asset, styles, with_imports

P = ParamSpec("P")


def _bucket(start: datetime, series: Series) -> str:
    return text.bucket(start, series.interval, series.since, series.until, datetime.now(UTC).year)


def _breakable(name: str) -> Markup:
    """A name that may go on in the next line where it is joined: it is copied as it was."""
    return Markup("<wbr>").join(escape(part) for part in _JOINTS.split(name))


_JOINTS = re.compile(r"(?<=[/_.\-])(?=[^/_.\-])")


def _in_one_line(said: Callable[P, str]) -> Callable[P, str]:
    """Of what writes numbers with their units: on a page these are never parted at the end of a line."""

    @wraps(said)
    def kept(*args: P.args, **kwargs: P.kwargs) -> str:
        return text.together(said(*args, **kwargs))

    return kept


def _value(cell: Value, unit: str = "") -> str:
    """What has no unit may be a name, which is copied as it was."""
    said = text.value(cell, unit)
    return text.together(said) if unit else said


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("buildtimetrend.web"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
ENVIRONMENT.filters |= {
    "duration": _in_one_line(text.duration),
    "difference": _in_one_line(text.difference),
    "signed": _in_one_line(text.signed),
    "together": text.together,
    "shortened": shortened,
    "iso": text.iso,
    "when": text.when,
    "day": day,
    "value": _value,
    "bucket": _bucket,
    "breakable": _breakable,
    "path": text.path,
    "count": text.count,
    "counted": text.counted,
    "noun": text.noun_of,
    "size": _in_one_line(text.size),
    "build_address": build_address,
    "own_address": own_address,
    "job_name": job_of,
    "is_one_build": is_one_build,
    "first_of": first_of,
    "may_be_a_commit": may_be_a_commit,
    "no_commit": no_commit,
    "builds_around": builds_around,
}

ENVIRONMENT.globals |= {
    "asset": asset,
    "styles": styles,
    "with_imports": with_imports,
    "version": __version__,
    "notable": notable,
    "least": SIDE,
}


def svg(template: str, **values: Any) -> Response:
    content = ENVIRONMENT.get_template(template).render(values)
    return Response(content, media_type="image/svg+xml", headers={"Cache-Control": "no-cache"})


def page(
    template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    content = ENVIRONMENT.get_template(template).render(values)
    return HTMLResponse(content, status, {"Cache-Control": "no-cache", **(headers or {})})
