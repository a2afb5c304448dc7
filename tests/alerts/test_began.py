"""Where a finding began: one build, where no doubt is left, else several."""

from __future__ import annotations

import re
from typing import Any

import pytest

from buildtimetrend.alerts.began import builds_it_began_with, is_one_build
from buildtimetrend.alerts.of_finding import began
from buildtimetrend.web.http.templating import ENVIRONMENT
from tests.alerts.examples import build, finding

ONE = {"first": build("432"), "since": build("432"), "last": build("432"), "last_before": build("431")}
AFTER_OTHERS = ONE | {"last_before": build("428")}
PARTS = ENVIRONMENT.get_template("parts.html").module


def told(**of: Any) -> str:
    row = finding(**of)
    return str(PARTS.began(row | {"branches": row.get("branches", "all"), "worse": True}, "owner/repo"))  # type: ignore[attr-defined]


def test_one_build_is_named_and_several_are_a_range() -> None:
    assert builds_it_began_with(build("432"), build("432")) == "build #432"
    assert builds_it_began_with(build("431"), build("433")) == "one of builds #431 to #433"
    assert builds_it_began_with(build("431"), build("432")) == "build #431 or #432"


def test_builds_that_are_not_looked_at_may_be_the_first_one_too() -> None:
    assert builds_it_began_with(build("432"), build("432"), build("431")) == "build #432"
    assert builds_it_began_with(build("432"), build("432"), build("430")) == "build #431 or #432"
    assert builds_it_began_with(build("381"), build("381"), build("376")) == "one of builds #377 to #381"
    assert builds_it_began_with(build("c01"), build("c01"), build("a7f")) == "build #c01"


@pytest.mark.parametrize(
    ("of", "is_one"),
    [
        (ONE, True),
        (ONE | {"last_before": None}, True),
        (AFTER_OTHERS, False),
        (ONE | {"what": "waiting"}, False),
        ({}, False),
        (ONE | {"last_before": build("a7f"), "first": build("c01") | {"build_id": "id-432"}}, True),
    ],
)
def test_a_build_is_named_only_where_the_one_before_is_known_to_be_without_it(
    of: dict[str, Any], is_one: bool
) -> None:
    assert is_one_build(finding(**of)) == is_one


def test_a_page_names_the_commit_of_one_build_alone() -> None:
    said = told(**ONE)
    assert said.startswith("Likely cause: commit <code>c69ede6</code> “")
    assert ">#432</a>" in said
    assert "“<bdi>Test with more numbers</bdi>”" in said
    assert "Edsger Specimen" in said


def test_a_page_names_the_build_it_most_likely_began_with_where_it_may_be_several() -> None:
    said = told()
    days = "/builds/owner/repo?since=2026-07-10&amp;until=2026-07-11&amp;filter_pipeline=ci.yml"
    cause = f'Likely cause: one of <a href="{days}">these commits</a>. '
    assert said.startswith(f"{cause}First slow build that passed: most likely <a href=")
    assert ">#432</a> · last before it: <a" in said
    assert ">#430</a>" in said
    assert "Test with more numbers" not in said


def test_the_first_of_a_branch_is_called_so_where_builds_of_others_lie_before_it() -> None:
    said = told(**AFTER_OTHERS, branches="default")
    assert "these commits</a>. First slow build on <bdi>master</bdi>: <a" in said
    assert ">#432</a> “" in said
    assert ">#428</a>" in said
    assert "First slow build that passed: <a" in told(**AFTER_OTHERS)


def test_what_takes_no_time_has_its_details_on_its_own_page() -> None:
    def button(**of: Any) -> str:
        return str(PARTS.actions(finding(id="f1", alert=None, **of), "owner/repo", "", "/compare"))  # type: ignore[attr-defined]

    assert 'href="/compare"' in button()
    assert ">Before and after</a>" in button()
    flaky = button(what="flaky", unit="%")
    assert 'href="/findings/owner/repo/f1"' in flaky
    assert ">Details</a>" in flaky


def test_no_commit_is_named_for_a_wait() -> None:
    said = told(**AFTER_OTHERS, what="waiting")
    assert "Test with more numbers" not in said
    assert "Likely cause" not in said
    assert said.endswith(">all builds of these days</a>")


def test_what_came_little_by_little_has_no_likely_cause() -> None:
    said = told(gradual=True)
    assert re.fullmatch(r"It grew from <a .+</a> to <a .+</a> and has stayed so", said)
    assert "Likely cause" not in said


def test_a_message_has_a_commit_of_one_build_alone() -> None:
    assert began(finding(**ONE)).startswith(
        "It began with build #432 (c69ede6); build #431 was the last before it."
    )
    assert began(finding(**AFTER_OTHERS)).startswith(
        "It began with one of builds #429 to #432; build #428 was the last before it."
    )
