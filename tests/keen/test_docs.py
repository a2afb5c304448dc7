"""docs/keen.md says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.routing import Route, Router

from buildtimetrend.keen.language.filters import OPERATORS
from buildtimetrend.keen.language.query import ANALYSES
from buildtimetrend.settings import Settings
from buildtimetrend.store import open_store
from buildtimetrend.web.keen import PREFIX, keen_routes
from buildtimetrend.web.keen.left_out import LEFT_OUT
from buildtimetrend.web.keen.middleware import CODES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "keen.md").read_text(encoding="utf-8")
SOURCE = "\n".join(
    file.read_text(encoding="utf-8")
    for folder in ("keen", "web/keen")
    for file in (ROOT / "src" / "buildtimetrend" / folder).rglob("*.py")
)


def test_every_address_is_in_the_table_with_its_methods() -> None:
    listed = dict(re.findall(r"^\| `(/3\.0[^`]*)` \| (.*?) \|", TEXT, re.MULTILINE))
    told = {path: set(re.findall(r"`(GET|POST|PUT|DELETE)`", methods)) for path, methods in listed.items()}
    there: dict[str, set[str]] = {}
    left_out = {f"{PREFIX}/{path}" for path in LEFT_OUT}
    store = open_store("duckdb://:memory:")
    try:
        for route in Router(keen_routes(Settings(), store)).routes:
            assert isinstance(route, Route)
            if route.path not in left_out or route.endpoint.__name__ != "refuse":
                there.setdefault(route.path.replace(":path", ""), set()).update(route.methods or ())
    finally:
        store.close()
    assert told == {path: methods - {"HEAD"} for path, methods in there.items()}


def test_every_analysis_and_operator_is_named() -> None:
    assert [name for name in ANALYSES if f"`{name}`" not in TEXT] == []
    assert [name for name in (*OPERATORS, "or", "and") if f"`{name}`" not in TEXT] == []


def test_every_error_code_is_named_and_there_is_no_other() -> None:
    table = TEXT[TEXT.index("| status | `error_code` |") :]
    listed = set(re.findall(r"`(\w+(?:Error|Filter))`", table[: table.index("\n\n")]))
    used = set(re.findall(r'"(\w+(?:Error|GeoFilter))"', SOURCE)) | set(CODES.values())
    assert listed == used


def test_everything_that_is_left_out_is_listed() -> None:
    table = TEXT[TEXT.index("Left out, with status 501:") :]
    for path in LEFT_OUT:
        assert path.replace(":path", "").replace("/{rest}", "").replace("{rest}", "…") in table
