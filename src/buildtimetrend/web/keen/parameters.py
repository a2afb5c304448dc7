"""What a request asks, whether in its address or its body."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from buildtimetrend.keen.language.documents import Json, checked, parse
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.query import Document

# Clients write these as JSON: what looks like JSON and is none is an error.
JSON = frozenset(
    {
        "analyses", "filters", "group_by", "interval", "order_by", "property_names", "steps", "timeframe",
        "timezone",
    }
)  # fmt: skip
SCOPE = frozenset({"filters", "timeframe", "timezone"})
_MOST = 100


async def document(request: Request) -> Document:
    """A query's parameters, whichever way they come; null ones are not set."""
    found = {name: _decoded(name, text) for name, text in _pairs(request) if name != "api_key"}
    if request.method == "POST" and (body := await request.body()).strip():
        posted = parse(body, "The body")
        if not isinstance(posted, dict):
            raise KeenError("The body must be an object.", "InvalidJSONError")
        found |= {
            name: _decoded(name, value) if name in JSON and isinstance(value, str) else value
            for name, value in posted.items()
        }
    return {name: value for name, value in found.items() if value is not None}


async def scope(request: Request) -> Document:
    """Which events to delete.

    Raises `KeenError` for all that might have been meant to narrow it: what cannot be read or is not known
    would leave more to delete than was asked for.
    """
    if (await request.body()).strip() not in (b"", b"{}"):
        raise KeenError("What to delete is said in the address: a DELETE has no body.")
    pairs = _pairs(request)
    names = [name for name, _ in pairs]
    unknown = set(names) - SCOPE - {"api_key"}
    if unknown or len(set(names)) < len(names):
        wrong = ", ".join(sorted(unknown)[:5]) or "one of them is there twice"
        raise KeenError(f"Deleting takes {', '.join(sorted(SCOPE))}, each once: {wrong[:200]}.")
    found = {name: _decoded(name, text) for name, text in pairs if name in SCOPE}
    if nulls := [name for name, value in found.items() if value is None]:
        raise KeenError(f"{', '.join(nulls)} is null: leave it out, or say what to delete.")
    return found


def _pairs(request: Request) -> list[tuple[str, str]]:
    text = request.scope["query_string"].decode("latin-1")
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError as error:
        raise KeenError(f"The address cannot be read: {error}.") from None


def _decoded(name: str, text: str) -> Json:
    if text[:1] in ('"', "[", "{") or (text == "null" and name in JSON):
        try:
            return parse(text, name)
        except KeenError:
            if name in JSON:
                raise
    return checked(text, name)
