"""Workflow files are strangers' words: what is read of them is bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.github.workflows.definitions import workflow_of
from buildtimetrend.providers.github.workflows.graph import MOST_ALIKE, Tree, needs_of
from buildtimetrend.providers.github.workflows.matrices import MOST_VALUES
from buildtimetrend.providers.github.workflows.yaml_text import NotYaml, loaded
from tests.providers.github.answers import fetched, job, run
from tests.providers.github.test_which_pipeline import file
from tests.providers.server import Server


def test_aliases_that_name_aliases_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 8)}]" for level in range(1, 9)]
    with pytest.raises(NotYaml, match="aliases"):
        loaded("\n".join(lines).encode())


def test_a_few_aliases_are_taken() -> None:
    found = loaded(b"jobs:\n  one: &job {runs-on: ubuntu-latest}\n  other: *job\n")
    assert found["jobs"]["other"] == {"runs-on": "ubuntu-latest"}


def tree(jobs: dict[str, Any], called: dict[str, Tree] | None = None) -> Tree:
    workflow = workflow_of(json.dumps({"jobs": jobs}).encode())
    assert workflow is not None
    return Tree(workflow, called)


def test_a_name_of_many_expressions_is_compared_in_one_go() -> None:
    """Tried place by place it would take longer than anybody lives."""
    name = "${{ inputs.x }}a" * 60 + "${{ inputs.x }}b"
    jobs = tree({"wild": {"name": name}})
    assert jobs.matches("a" * 400) == []
    assert [match.keys for match in jobs.matches("a" * 300 + "b")] == [("wild",)]
    assert jobs.matches("a" * 59 + "b") == []


@pytest.mark.parametrize(
    ("template", "name", "fits"),
    [
        ("${{ x }}", "anything", True),
        ("a${{ x }}", "a", True),
        ("a${{ x }}", "ba", False),
        ("${{ x }}a", "ba", True),
        ("${{ x }}a", "ab", False),
        ("ab${{ x }}ba", "aba", False),
        ("ab${{ x }}ba", "abba", True),
        ("${{ x }}-${{ y }}-${{ z }}", "1-2-3", True),
        ("${{ x }}-${{ y }}-${{ z }}", "1-23", False),
        ("${{ x", "${{ x", True),
        ("}} ${{ x }} ${{", "}} 1 ${{", True),
    ],
)
def test_what_only_the_run_knew_stands_for_any_text(template: str, name: str, fits: bool) -> None:
    found = tree({"key": {"name": template}}).matches(name)
    assert [match.keys for match in found] == ([("key",)] if fits else [])


def test_a_name_with_braces_that_never_close_is_read_once() -> None:
    jobs = tree({"open": {"name": "${{" * 100_000}, "other": {"name": "plain"}})
    assert [match.keys for match in jobs.matches("plain")] == [("other",)]


def test_the_combinations_of_all_matrices_of_a_file_have_a_bound() -> None:
    axes = {key: [f"{key}{number}" for number in range(32)] for key in "xy"}
    jobs = tree({f"job{number}": {"strategy": {"matrix": axes}} for number in range(300)})
    assert jobs.size < MOST_VALUES
    known = [job for job, _ in jobs.shapes if job.matrix is not None]
    assert 1 <= len(known) < 300
    assert [match.keys for match in jobs.matches("job0 (x1, y2)")] == [("job0",)]
    assert [match.keys for match in jobs.matches("job299 (x1, y2)")] == [("job299",)], "by name alone"


def test_values_that_a_matrix_repeats_in_each_combination_are_counted_each_time() -> None:
    large = {
        "with": [{f"key{number}": number for number in range(5000)}],
        "x": [*range(32)],
        "y": [*range(32)],
    }
    [(job, shapes)] = tree({"job": {"strategy": {"matrix": large}}}).shapes
    assert job.matrix is None
    assert len(shapes) < 5


def test_a_name_that_many_definitions_may_have_means_none_of_them() -> None:
    open_names = {f"job{number}": {"name": "${{ inputs.x }}"} for number in range(MOST_ALIKE + 1)}
    assert tree(open_names).matches("any") == []
    del open_names["job0"]
    assert len(tree(open_names).matches("any")) == MOST_ALIKE


def test_calls_within_calls_of_names_that_are_all_open_end() -> None:
    inner = tree({f"job{number}": {"name": "${{ inputs.x }}"} for number in range(100)})
    for _ in range(9):
        calls = {f"call{number}": {"name": "${{ inputs.x }}", "uses": "./a.yml"} for number in range(100)}
        inner = tree(calls, dict.fromkeys(list(calls)[:5], inner))
    assert inner.matches(" / ".join(["x"] * 15)) == []
    assert inner.matches(" / ".join(["x"] * 100)) == []


def test_needs_of_many_jobs_that_need_each_other_are_told() -> None:
    keys = [f"job{number}" for number in range(200)]
    jobs = tree({key: {"needs": keys} for key in keys})
    needs = needs_of([jobs.matches(key) for key in keys])
    assert needs == [tuple(other for other in range(200) if other != place) for place in range(200)]


@pytest.mark.parametrize(
    "uses",
    [
        "./../../secrets.yml",
        "./.github/workflows/../../../other/contents/x.yml",
        "octo-org/shared/../../orgs/octo-org@main",
        "octo-org/../x/y.yml@main",
        "../x/y/z.yml@main",
    ],
)
def test_a_called_workflow_whose_path_leads_out_of_its_repo_is_not_asked_for(
    server: Server, github: GitHub, uses: str
) -> None:
    file(server, f"jobs: {{call: {{uses: {uses!r}}}, then: {{needs: call}}}}")
    told = [job(1, "call / inner"), job(2, "then")]
    found = fetched(server, github, run(), told).jobs
    assert [each.needs for each in found] == [(), ("1",)]
    assert len([path for path in server.paths() if "/contents/" in path or ".." in path]) == 1


def test_a_called_workflow_whose_ref_has_dots_is_read(server: Server, github: GitHub) -> None:
    """Dots behind the `@` climb nowhere, as in a range of commits."""
    file(server, "jobs: {call: {uses: octo-org/shared/.github/workflows/x.yml@a..b}}")
    file(server, "jobs: {one: {}, two: {needs: one}}", ".github/workflows/x.yml", "octo-org/shared")
    found = fetched(server, github, run(), [job(1, "call / one"), job(2, "call / two")]).jobs
    assert [each.needs for each in found] == [(), ("1",)]
