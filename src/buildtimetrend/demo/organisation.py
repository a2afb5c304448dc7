"""The projects that the simulated GitHub and GitLab build. With those at Travis CI they are one organisation:
`simulated/boxes` is built by Travis CI and, since it began to move, by GitHub.
"""

from __future__ import annotations

from buildtimetrend.demo.events import FlakyJob
from buildtimetrend.demo.gitlab.documents import SOURCES
from buildtimetrend.demo.projects import PROJECTS, Project, Slowdown
from buildtimetrend.demo.runs.definitions import (
    Dialect,
    JobDefinition,
    Pipeline,
    Repository,
    StepDefinition,
    Values,
)
from buildtimetrend.demo.runs.history import CI

_CHANGES = frozenset({"push", "pull_request"})
_PUSH, _CRON, _ALL = frozenset({"push"}), frozenset({"cron", "api"}), frozenset({*_CHANGES, "cron", "api"})
_MAIN, _TAG = frozenset({"main"}), frozenset({"tag"})


def _in_brackets(definition: JobDefinition, values: Values) -> str:
    """As GitHub calls a job: `test (3.12, ubuntu-latest)`, `release / publish`."""
    name = definition.name or definition.key
    if values:
        name = f"{name} ({', '.join(values.values())})"
    return f"{name} / {definition.called}" if definition.called else name


def _after_colon(definition: JobDefinition, values: Values) -> str:
    """As GitLab does: `test: [3.12, alpine]`, `spec 1/3`."""
    name = definition.name or definition.key
    if "" in values:
        return f"{name} {values['']}"
    return f"{name}: [{', '.join(values.values())}]" if values else name


_GITHUB_WAYS = Dialect(
    opening=(
        StepDefinition("Set up job", 2, "fixed"),
        StepDefinition("Run actions/checkout@v4", 3, "network", "actions/checkout@v4"),
    ),
    closing=(
        StepDefinition("Post Run actions/checkout@v4", 1, "fixed"),
        StepDefinition("Complete job", 0, "fixed"),
    ),
    name=_in_brackets,
    key=lambda pipeline, _: pipeline.path,
    attempts_are_runs=True,
)
_GITLAB_WAYS = Dialect(
    opening=(
        StepDefinition("prepare_executor", 4, "network"),
        StepDefinition("prepare_script", 1, "fixed"),
        StepDefinition("get_sources", 2, "network"),
    ),
    closing=(StepDefinition("cleanup_file_variables", 1, "fixed"),),
    name=_after_colon,
    key=lambda pipeline, event: pipeline.path if pipeline.parent else SOURCES[event],
    attempts_are_runs=False,
    around="step_script",
)

_PYTHON = StepDefinition("Set up Python", 6, "network", "actions/setup-python@v5")
_NODE = StepDefinition("Run actions/setup-node@v4", 5, "network", "actions/setup-node@v4")
_PIP = StepDefinition("Install requirements", 24, "network")
_NPM = StepDefinition("Run npm ci", 31, "network")


def _run(name: str, seconds: float) -> StepDefinition:
    return StepDefinition(name, seconds)


_BOXES = Repository(
    next(project for project in PROJECTS if project.slug == "simulated/boxes"),
    (
        Pipeline(
            ".github/workflows/ci.yml",
            "CI",
            _CHANGES,
            (
                JobDefinition("build", (_NODE, _NPM, _run("Run npm run build", 40))),
                JobDefinition(
                    "test",
                    (_NODE, _NPM, _run("Run npm test", 95)),
                    needs=("build",),
                    matrix={"node": ("18", "20", "22")},
                ),
                JobDefinition("deploy", (_run("Deploy", 25),), needs=("test",), only=_MAIN),
            ),
        ),
    ),
    since=400,
)

_ENGINE = Repository(
    Project(
        201,
        "simulated/engine",
        "python",
        150,
        slowdown=Slowdown(100, 1.45),
        flaky=FlakyJob(number=80, job="test (3.12, macos-14)", share=0.3),
        drift=0.08,
        main_branch="main",
        open_pull=True,
    ),
    (
        Pipeline(
            ".github/workflows/ci.yml",
            "CI",
            _CHANGES,
            (
                JobDefinition("lint", (_PYTHON, _PIP, _run("Lint", 22))),
                JobDefinition(
                    "test",
                    (_PYTHON, _PIP, _run("Run pytest", 140)),
                    needs=("lint",),
                    matrix={"python": ("3.11", "3.12"), "os": ("ubuntu-latest", "macos-14")},
                    runner="${{ matrix.os }}",
                ),
                JobDefinition(
                    "next", (_PYTHON, _PIP, _run("Run pytest", 120)), name="Next Python", allow_failure=True
                ),
                JobDefinition(
                    "package", (_PYTHON, _run("Build wheels", 60)), name="Package", needs=("lint", "test")
                ),
            ),
        ),
        Pipeline(
            ".github/workflows/docs.yml",
            "Documentation",
            _CHANGES,
            (
                JobDefinition("html", (_PYTHON, _PIP, _run("Build pages", 70))),
                JobDefinition("links", (_run("Check links", 35),), needs=("html",)),
            ),
        ),
        Pipeline(
            ".github/workflows/nightly.yml",
            "Nightly",
            _CRON,
            (
                JobDefinition(
                    "fuzz", (_PYTHON, _PIP, _run("Fuzz", 400)), matrix={"target": ("reader", "writer")}
                ),
            ),
            run_name="Night {}",
        ),
        Pipeline(
            ".github/workflows/release.yml",
            "Release",
            _PUSH,
            (
                JobDefinition("wheels", (_PYTHON, _run("Build wheels", 80)), only=_TAG),
                JobDefinition(
                    "release", (_run("Upload", 20),), needs=("wheels",), called="publish", only=_TAG
                ),
            ),
        ),
        Pipeline(
            "dynamic/github-code-scanning/codeql",
            "CodeQL",
            _PUSH,
            (
                JobDefinition(
                    "Analyze", (StepDefinition("Initialize CodeQL", 15, "network"), _run("Analyze", 90))
                ),
            ),
        ),
    ),
)

_GATEWAY = Repository(
    Project(301, "simulated/platform/gateway", "go", 160, slowdown=Slowdown(110, 1.3), main_branch="main"),
    (
        Pipeline(
            ".gitlab-ci.yml",
            "",
            _ALL,
            (
                JobDefinition("compile", (_run("compile", 55),), stage="build"),
                JobDefinition("vet", (_run("vet", 18),), stage="build"),
                JobDefinition(
                    "unit",
                    (StepDefinition("modules", 12, "network"), _run("unit_tests", 80)),
                    needs=("compile",),
                    matrix={"GO": ("1.22", "1.23")},
                ),
                JobDefinition("spec", (_run("spec", 45),), needs=("compile", "vet"), parallel=3),
                JobDefinition("race", (_run("race_tests", 120),), needs=("compile",), allow_failure=True),
                JobDefinition("end-to-end", (), needs=("compile",), starts="end-to-end"),
                JobDefinition(
                    "deploy", (_run("deploy", 30),), needs=("unit", "spec"), stage="deploy", only=_MAIN
                ),
                JobDefinition(
                    "production", (_run("deploy", 30),), needs=("deploy",), stage="deploy", manual=True
                ),
            ),
        ),
        Pipeline(
            "end-to-end",
            "",
            frozenset(),
            (
                JobDefinition("browser", (StepDefinition("browsers", 20, "network"), _run("walk", 150))),
                JobDefinition("load", (_run("load", 90),), needs=("browser",)),
            ),
            parent=".gitlab-ci.yml",
        ),
    ),
)

_WORKER = Repository(
    Project(302, "simulated/worker", "rust", 90, main_branch="main"),
    (
        Pipeline(
            ".gitlab-ci.yml",
            "",
            _CHANGES,
            (
                JobDefinition(
                    "build", (StepDefinition("crates", 25, "network"), _run("cargo_build", 90)), stage="build"
                ),
                JobDefinition("test", (_run("cargo_test", 130),), needs=("build",)),
                JobDefinition("clippy", (_run("clippy", 60),)),
            ),
        ),
    ),
)

GITHUB = CI(_GITHUB_WAYS, (_BOXES, _ENGINE))
GITLAB = CI(_GITLAB_WAYS, (_GATEWAY, _WORKER))
