"""Names are no keys: which definition a job is, its matrix, and what it needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from buildtimetrend.model import Job, Matrix
from buildtimetrend.providers.github import GitHub
from buildtimetrend.providers.github.job_names import named, split, values_of
from tests.providers.github.answers import REPO, fetched, job, run
from tests.providers.github.test_which_pipeline import file
from tests.providers.server import Server


def jobs(server: Server, github: GitHub, text: str, names: Sequence[str], **of_run: Any) -> list[Job]:
    file(server, text)
    told = [job(id, name) for id, name in enumerate(names, 1)]
    return list(fetched(server, github, run(**of_run), told).jobs)


def needs(found: Sequence[Job]) -> Mapping[str, tuple[str, ...] | None]:
    return {each.id: each.needs for each in found}


@pytest.mark.parametrize(
    ("shown", "name", "summary", "values"),
    [
        ("build", "build", "", {}),
        ("test (3.12, ubuntu)", "test", "3.12, ubuntu", {"1": "3.12", "2": "ubuntu"}),
        ("caller / callee (3.12, ubuntu)", "caller / callee", "3.12, ubuntu", {"1": "3.12", "2": "ubuntu"}),
        ("a / b / c / d (x)", "a / b / c / d", "x", {"1": "x"}),
        ("test (g++ (GCC), -O2)", "test", "g++ (GCC), -O2", {"1": "g++ (GCC)", "2": "-O2"}),
        ("test ([a, b], c)", "test", "[a, b], c", {"1": "[a, b]", "2": "c"}),
        ("Test ${{ matrix.os }}", "Test ${{ matrix.os }}", "", {}),
        ("(all)", "(all)", "", {}),
        ("call f()", "call f()", "", {}),
        ("odd )", "odd )", "", {}),
    ],
)
def test_a_name_alone_says_name_and_values(
    server: Server, github: GitHub, shown: str, name: str, summary: str, values: dict[str, str]
) -> None:
    [found] = fetched(server, github, run(), [job(name=shown)]).jobs
    assert (found.name, found.matrix) == (name, Matrix(summary, values))
    assert found.needs is None


def test_values_are_parted_at_commas_outside_of_brackets() -> None:
    assert values_of("a, (b, c), {d, [e, f]}") == ["a", "(b, c)", "{d, [e, f]}"]
    assert split("x (a) (b)") == ("x (a)", "b")
    assert named("x (a)")[0] == "x"


MATRIX = """
name: CI
on: push
jobs:
  test:
    strategy:
      matrix:
        python: [3.10, 3.11, "3.12"]
        os: [ubuntu-latest, "windows, old (x64)"]
        on: [yes]
        exclude: [{python: 3.11, os: ubuntu-latest}]
        include:
          - {python: "3.12", os: ubuntu-latest, fast: true}
          - {python: 3.13-dev, os: macos}
"""


@pytest.mark.parametrize(
    ("shown", "values"),
    [
        ("test (3.1, ubuntu-latest, yes)", {"python": "3.1", "os": "ubuntu-latest", "on": "yes"}),
        ("test (3.11, windows, old (x64), yes)", {"python": "3.11", "os": "windows, old (x64)", "on": "yes"}),
        (
            "test (3.12, ubuntu-latest, yes, true)",
            {"python": "3.12", "os": "ubuntu-latest", "on": "yes", "fast": "true"},
        ),
        ("test (3.13-dev, macos)", {"python": "3.13-dev", "os": "macos"}),
    ],
)
def test_the_file_says_the_keys_of_a_matrix(
    server: Server, github: GitHub, shown: str, values: dict[str, str]
) -> None:
    text = MATRIX.replace("        exclude", "        exclude")
    [found] = jobs(server, github, text, [shown])
    assert (found.name, found.matrix.values) == ("test", values)
    assert found.matrix.summary == shown.removeprefix("test (").removesuffix(")")
    assert found.needs == ()


def test_a_matrix_of_objects_shows_their_values(server: Server, github: GitHub) -> None:
    text = "jobs: {t: {strategy: {matrix: {cfg: [{name: fast, flags: [-O2, -g]}]}}}}"
    [found] = jobs(server, github, text, ["t (fast, -O2, -g)"])
    assert found.matrix.values == {"cfg.name": "fast", "cfg.flags.0": "-O2", "cfg.flags.1": "-g"}


def test_a_name_with_expressions_keeps_its_words(server: Server, github: GitHub) -> None:
    text = """
jobs:
  t:
    name: Test on ${{ matrix.os }} / py${{ matrix.python }}
    strategy: {matrix: {os: [linux, mac], python: ["3.12"]}}
"""
    [found] = jobs(server, github, text, ["Test on mac / py3.12"])
    assert found.name == "Test on mac / py3.12"
    assert found.matrix == Matrix("mac, 3.12", {"os": "mac", "python": "3.12"})


def test_brackets_that_somebody_wrote_are_no_matrix(server: Server, github: GitHub) -> None:
    [found] = jobs(server, github, "jobs: {t: {name: Test (unit)}}", ["Test (unit)"])
    assert (found.name, found.matrix) == ("Test (unit)", Matrix())


def test_a_matrix_that_the_run_made_is_read_from_the_name(server: Server, github: GitHub) -> None:
    text = """
jobs:
  plan: {}
  t: {needs: plan, strategy: {matrix: {v: "${{ fromJSON(needs.plan.outputs.v) }}"}}}
"""
    found = jobs(server, github, text, ["plan", "t (1)", "t (2)"])
    assert [each.matrix.values for each in found] == [{}, {"1": "1"}, {"1": "2"}]
    assert needs(found) == {"1": (), "2": ("1",), "3": ("1",)}


def test_needs_are_ids_in_the_file_and_names_in_the_api(server: Server, github: GitHub) -> None:
    text = """
jobs:
  compile: {name: Build it}
  lint: {name: Check the style, needs: []}
  unit: {name: "Unit ${{ matrix.n }}", needs: compile, strategy: {matrix: {n: [1, 2]}}}
  publish: {needs: [unit, lint], if: success()}
"""
    found = jobs(server, github, text, ["Build it", "Check the style", "Unit 1", "Unit 2", "publish"])
    assert needs(found) == {"1": (), "2": (), "3": ("1",), "4": ("1",), "5": ("2", "3", "4")}


CALLER = """
jobs:
  prepare: {}
  test:
    needs: prepare
    uses: ./.github/workflows/test.yml
    strategy: {matrix: {db: [mysql, pg]}}
  deploy: {name: Ship it, needs: test, uses: octo-org/shared/.github/workflows/deploy.yml@v2}
"""
CALLEE = "on: workflow_call\njobs: {unit: {}, e2e: {name: End to end, needs: unit}}"
REMOTE = "on: workflow_call\njobs: {push: {strategy: {matrix: {to: [eu, us]}}}, done: {needs: push}}"


def test_reusable_workflows_are_followed(server: Server, github: GitHub) -> None:
    file(server, CALLEE, ".github/workflows/test.yml")
    file(server, REMOTE, ".github/workflows/deploy.yml", "octo-org/shared")
    names = [
        "prepare", "test (mysql) / unit", "test (mysql) / End to end", "test (pg) / unit",
        "test (pg) / End to end",
        "Ship it / push (eu)", "Ship it / push (us)", "Ship it / done",
    ]  # fmt: skip
    path = "octo-org/shared/.github/workflows/deploy.yml@v2"
    found = jobs(server, github, CALLER, names, referenced_workflows=[{"path": path, "sha": "c0ffee"}])
    assert needs(found) == {
        "1": (),
        "2": ("1",),
        "3": ("2",),
        "4": ("1",),
        "5": ("4",),
        "6": ("2", "3", "4", "5"),
        "7": ("2", "3", "4", "5"),
        "8": ("6", "7"),
    }
    assert (found[5].name, found[5].matrix) == ("Ship it / push", Matrix("eu", {"to": "eu"}))
    assert found[1].matrix.values == {"db": "mysql"}
    [asked] = [each for each in server.asked if "octo-org/shared" in each.path]
    assert asked.query == {"ref": "c0ffee"}


def test_of_a_called_workflow_that_cannot_be_read_the_call_s_needs_count(
    server: Server, github: GitHub
) -> None:
    text = "jobs: {a: {}, b: {needs: a, uses: secret/repo/.github/workflows/x.yml@v1}, c: {needs: b}}"
    found = jobs(server, github, text, ["a", "b / one", "b / two", "c"])
    assert needs(found) == {"1": (), "2": ("1",), "3": ("1",), "4": ("2", "3")}


def test_workflows_that_call_each_other_end(server: Server, github: GitHub) -> None:
    text = "on: workflow_call\njobs: {again: {uses: ./.github/workflows/ci.yml}}"
    found = jobs(server, github, text, ["again / again / again / x"])
    assert found[0].name == "again / again / again / x"
    assert len(server.asked) < 10


def test_a_skipped_job_is_known_though_its_name_was_not_filled_in(server: Server, github: GitHub) -> None:
    text = """
jobs:
  a: {}
  b: {name: "Test ${{ matrix.os }}", needs: a, if: "false", strategy: {matrix: {os: [linux]}}}
  c: {needs: b, strategy: {matrix: {os: [linux, mac]}}}
"""
    found = jobs(server, github, text, ["a", "Test ${{ matrix.os }}", "c"])
    assert needs(found) == {"1": (), "2": ("1",), "3": ("2",)}
    assert [each.matrix for each in found] == [Matrix()] * 3


def test_a_name_that_was_cut_is_known(server: Server, github: GitHub) -> None:
    long = "a very long name " * 7
    text = f"""
jobs:
  a: {{}}
  b: {{name: "{long}", needs: a, strategy: {{matrix: {{os: [linux, mac]}}}}}}
"""
    shown = f"{long} (linux)"[:97] + "..."
    found = jobs(server, github, text, ["a", shown])
    assert needs(found) == {"1": (), "2": ("1",)}


def test_equal_names_are_told_apart_or_said_to_be_unknown(server: Server, github: GitHub) -> None:
    text = "jobs: {a: {name: test}, b: {name: test}, c: {needs: b}, d: {name: last, needs: c}}"
    found = jobs(server, github, text, ["test", "test", "c", "last"])
    assert needs(found) == {"1": (), "2": (), "3": ("1", "2"), "4": ("3",)}
    text = "jobs: {a: {name: test}, b: {name: test, needs: c}, c: {}}"
    found = jobs(server, github, text, ["test", "test", "c"], id=9002, head_sha="other")
    assert needs(found) == {"1": None, "2": None, "3": ()}


def test_slashes_in_plain_names_are_no_calls(server: Server, github: GitHub) -> None:
    text = "jobs: {a: {name: build / linux}, b: {name: build, needs: a}}"
    found = jobs(server, github, text, ["build / linux", "build"])
    assert needs(found) == {"1": (), "2": ("1",)}


def test_a_job_that_no_definition_explains_has_unknown_needs(server: Server, github: GitHub) -> None:
    found = jobs(server, github, "jobs: {a: {}, b: {needs: a}}", ["b", "from nowhere"])
    assert needs(found) == {"1": None, "2": None}


def test_a_job_that_may_fail_is_said_to(server: Server, github: GitHub) -> None:
    found = jobs(server, github, "jobs: {a: {continue-on-error: true}, b: {}}", ["a", "b"])
    assert [each.allow_failure for each in found] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "jobs: 7", "jobs: {a: 7}", "a: [", "\t- x", "jobs: {a: {needs: {b: c}, strategy: 5}}",
        "jobs: {a: {strategy: {matrix: {x: [1], include: [5]}}}}", "&a [*a]", "jobs: {a: {name: {x: y}}}",
        "? {a: b}\n: c", "x" * 100, "!!python/object/apply:os.system [ls]", "jobs: &j {a: {needs: a}}",
    ],
)  # fmt: skip
def test_a_file_that_is_no_workflow_costs_nothing(server: Server, github: GitHub, text: str) -> None:
    [found] = jobs(server, github, text, ["a"])
    assert found.name == "a"
    assert found.needs in (None, ())


def test_a_file_is_read_at_the_run_s_commit_and_each_commit_once(server: Server, github: GitHub) -> None:
    text = "jobs: {a: {}, b: {needs: a}}"
    for id, sha in ((1, "c1"), (2, "c1"), (3, "c2")):
        jobs(server, github, text, ["a", "b"], id=id, head_sha=sha)
    asked = [
        each.query["ref"] for each in server.asked if each.path.endswith("/contents/.github/workflows/ci.yml")
    ]
    assert asked == ["c1", "c2"]


def test_a_run_for_a_pull_request_target_has_the_file_of_its_base(server: Server, github: GitHub) -> None:
    asked_for = {
        "number": 5,
        "head": {"ref": "x"},
        "base": {"ref": "main", "sha": "ba5e", "repo": {"id": 42}},
    }
    jobs(server, github, "jobs: {a: {}}", ["a"], event="pull_request_target", pull_requests=[asked_for])
    [asked] = [each for each in server.asked if f"/repos/{REPO}/contents/" in each.path]
    assert asked.query == {"ref": "ba5e"}
