"""Form bodies, as browsers and Travis CI send them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from buildtimetrend.errors import BadRequest

FORM = "application/x-www-form-urlencoded"


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def has_field(body: bytes, name: bytes) -> bool:
    """Whether a form has this field, without the milliseconds that reading a large one takes."""
    return body.startswith(name + b"=") or b"&" + name + b"=" in body


async def form(request: Request) -> dict[str, str]:
    """Fields by name; of a repeated one the last. Anything but a form has none."""
    body = await request.body()
    if not is_form(request) or not body:
        return {}
    try:
        return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise BadRequest(f"The form cannot be read: {error}.", detail="body") from error
