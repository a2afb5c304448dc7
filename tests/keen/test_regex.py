"""Regular expressions: those that are accepted run on every engine and find what Python's do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from buildtimetrend.errors import BadRequest, StoreError
from buildtimetrend.keen.language.regex import portable
from buildtimetrend.keen.project import Project
from buildtimetrend.store.base import Store
from buildtimetrend.web.keen.queries import ask
from tests.store.engines import empty_store
from tests.store.examples import build

ENGINES = ("duckdb", "postgres")
PIECES = st.sampled_from(
    ["a", "b", "B", "-", "]", "}", ".", "^", "$", "|", "(", ")", "(?:", "[ab]", "[^a-b]", "[]a]", "[", "*",
     "+", "?", "{2}", "{0,1}", "{1,}", "{,2}", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "[\\w.]",
     "[^\\d\\s]", "\\.", "\\-", "\\b", "\\1", "(?i)", "(?=", "1", " ", "#"]
)  # fmt: skip
TEXTS = st.text(alphabet="abB-.1 ]}#é日\u0663\u2003\t", max_size=6)


@pytest.fixture(scope="module", params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with empty_store(request.param, request, tmp_path_factory.mktemp("regex")) as store:
        yield store


@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much]
)
@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), TEXTS)
def test_an_engine_finds_what_python_does(store: Store, pattern: str, text: str) -> None:
    try:
        accepted = portable(pattern)
    except BadRequest:
        assume(False)
        return
    try:
        found = store.select("SELECT $text ~ $pattern AS found", {"text": text, "pattern": accepted})["found"]
    except StoreError as error:
        pytest.fail(f"{pattern!r} was accepted: {error.message}")
    assert found == [bool(re.search(pattern, text, re.DOTALL | re.ASCII))]


@pytest.mark.parametrize(
    ("path", "matching"), [("job.repo", "ann"), ("job.started_at.month_full", "^(March)+$")]
)
def test_an_expression_that_python_would_try_for_ever_has_an_answer(
    store: Store, path: str, matching: str
) -> None:
    store.save(build("1", repo=f"ann/{'a' * 80}")).result()
    project = Project(store, lambda _: True)
    for pattern, expected in ((r"([\w/]+)+!", 0), ("(" * 99 + r"\w*" + ")*" * 99 + "!", 0), (matching, 1)):
        condition = {"property_name": path, "operator": "regex", "property_value": pattern}
        document = {"event_collection": "build_jobs", "filters": [condition]}
        assert (ask(project, "count", document)["result"] > 0) == expected
