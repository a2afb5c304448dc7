"""Our own OpenAPI document against our own API: what it allows is answered, what it does not is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from buildtimetrend.web.api import PREFIX
from tests.web.conftest import Service, a_build, running_service

pytestmark = pytest.mark.long

EXAMPLES = 8
# A schema cannot say that since comes before until.
UNSAID = [positive_data_acceptance]
# Builds that are not allowed are refused one by one, in an answer 207.
ONE_BY_ONE = {"POST /builds"}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running_service(admin_token="token") as service:
        for number in range(1, 4):
            service.tasks.land(a_build(number))
        yield service


def test_the_api_keeps_its_word(service: Service, subtests: pytest.Subtests) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", service.app)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 15
    for operation in operations:
        with subtests.test(operation.label):
            _check(operation)


def _check(operation: Any) -> None:
    @given(case=st.data())
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: st.DataObject) -> None:
        mode = case.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
        try:
            drawn = case.draw(operation.as_strategy(generation_mode=mode))
        except UnsatisfiedAssumption:
            reject()
        if "repo" in drawn.path_parameters and case.draw(st.booleans()):
            drawn.path_parameters["repo"] = "owner/name"  # chance would not find the one that there is
        excluded = [*UNSAID, negative_data_rejection] if operation.label in ONE_BY_ONE else UNSAID
        drawn.call_and_validate(headers={"Authorization": "Bearer token"}, excluded_checks=excluded)

    check()


def test_every_operation_says_what_it_is_and_how_it_fails(service: Service) -> None:
    document = service.get("/openapi.json").json()
    assert document["servers"] == [{"url": PREFIX}]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["description"], path
            assert operation["responses"]["422"]["content"]["application/json"]["schema"] == {
                "$ref": "#/components/schemas/Problem"
            }


def test_the_docs_page_names_every_address_and_type(service: Service) -> None:
    document = service.get("/openapi.json").json()
    page = service.get("/docs").text
    for path in document["paths"]:
        assert f"{PREFIX}{path}" in page
    for name in document["components"]["schemas"]:
        assert f'id="type-{name}"' in page
    assert "cdn" not in page
    assert "`" not in page
    assert set(re.findall(r'href="#(type-\w+)"', page)) <= set(re.findall(r'id="(type-\w+)"', page))
    assert 'href="#type-Builds"' in page
