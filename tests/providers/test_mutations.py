"""Any field of any depth, replaced by anything: only the promised outcomes come out."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend import json_text
from buildtimetrend.errors import FetchError, Invalid
from buildtimetrend.model import Build, Hook
from buildtimetrend.providers.base import Received
from buildtimetrend.providers.fields import WrongField
from buildtimetrend.providers.travis import Travis, v2, v3
from buildtimetrend.settings import Settings
from tests.providers.answers import REPO, v2_build, v3_build
from tests.providers.signing import FORMS, encoded, payload

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.just("2019-09-04T10:47:53Z"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@st.composite
def mutated(draw: st.DrawFn, documents: list[Any]) -> Any:
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(document)))
        if not path:
            return draw(ANYTHING)
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[path[-1]]
        else:
            holder[path[-1]] = draw(ANYTHING)
    return document


@pytest.fixture(scope="module")
def unverified() -> Any:
    travis = Travis(Settings.of(travis_verify=False).section("travis"))
    yield travis
    travis.close()


@given(document=mutated([payload(form.stem) for form in FORMS.glob("*.form")]))
def test_any_payload_is_a_hook_or_invalid(unverified: Travis, document: object) -> None:
    try:
        hook = unverified.receive(Received({}, encoded(document)))
    except Invalid:
        return
    assert isinstance(hook, Hook)
    assert hook.ref is not None
    assert hook.ref.repo.count("/") == 1
    assert hook.ref.id is not None
    assert hook.ref.id.isdigit()


@given(body=st.binary())
def test_any_bytes_are_invalid(unverified: Travis, body: bytes) -> None:
    with pytest.raises(Invalid):
        unverified.receive(Received({}, b"payload=%5B" + body.replace(b"&", b"")))


@given(document=mutated([v3_build(), v2_build()]), version=st.sampled_from([3, 2]))
def test_any_answer_is_a_build_or_a_fetch_error(document: object, version: int) -> None:
    try:
        answer = json_text.loads(json.dumps(document))
    except orjson.JSONDecodeError:  # NaN never comes this far
        return
    try:
        build = v3.build_of(answer, "x") if version == 3 else v2.build_of(answer, "x", REPO)
    except (WrongField, FetchError):
        return
    assert isinstance(build, Build)
    assert all(job.id.isdigit() for job in build.jobs)
