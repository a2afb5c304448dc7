"""What the documentation names is there, and what is there is named."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import get_args

import pytest
import typer
from starlette.routing import Mount, Route

from buildtimetrend.app import _routes
from buildtimetrend.charts import CHARTS
from buildtimetrend.cli import app as commands
from buildtimetrend.model import Result, TaskState
from buildtimetrend.providers import PROVIDERS
from buildtimetrend.settings import ROWS
from buildtimetrend.timeframes import TIMEFRAMES
from buildtimetrend.web.analysis.overview import Show, Sort
from buildtimetrend.web.api.models import ChartParameters, ProjectParameters
from buildtimetrend.web.badges import BADGES, INTERVALS
from buildtimetrend.web.context import Context
from buildtimetrend.web.http.rate_limits import PER_CLIENT, PER_REPO
from buildtimetrend.web.pages.badges import FORMATS
from buildtimetrend.web.params import CACHE_MAX_AGE
from buildtimetrend.web.services import open_services
from tests.web.conftest import running_service

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
CODE = re.compile(r"`([^`\n]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_and_picture_resolves(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    missing = [target for target in local if not (page.parent / target).exists()]
    assert not missing


# Decisions name what was decided against, too.
@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "decisions.md"], ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    roots = (ROOT, ROOT / "src" / "buildtimetrend", page.parent)
    named = [
        code
        for code in CODE.findall(page.read_text(encoding="utf-8"))
        if re.fullmatch(r"[a-z][\w.-]*(/[\w.-]+)*(/|\.py|\.md)", code)
    ]
    missing = [name for name in named if not any((root / name).exists() for root in roots)]
    assert not missing


def test_every_route_is_in_the_api_page() -> None:
    with running_service() as running:
        context = Context(running.settings, running.store, running.providers, running.tasks)
        routes = _routes(open_services(context))
    for route in routes:
        assert isinstance(route, Route | Mount)
        path = route.path.replace(":path", "")
        assert f"{path}`" in API or f"{path}/" in API, f"docs/api.md lacks {path}"


def test_every_address_of_the_api_is_in_the_api_page() -> None:
    with running_service() as running:
        paths = running.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for method in operations:
            assert f"`{method.upper()} {path}`" in API, f"docs/api.md lacks {method} {path}"


def test_every_parameter_is_in_the_api_page() -> None:
    for name in {**ProjectParameters.model_fields, **ChartParameters.model_fields}:
        assert f"`{name}`" in API, f"docs/api.md lacks {name}"
    orders = {order.removeprefix("-") for order in get_args(Sort)}
    for value in (*Result, *TaskState, *TIMEFRAMES, *orders, *get_args(Show), *FORMATS):
        assert f"`{value}`" in API, f"docs/api.md lacks {value}"
    day, week, month, year = CACHE_MAX_AGE.values()
    assert week == month
    assert f"{day} for `day`, {week} for `week` and `month`, {year} for `year`" in API


def test_every_badge_is_in_the_api_page_with_its_meaning() -> None:
    for name, badge in BADGES.items():
        assert re.search(rf"^\| `{name}`( \(default\))? \| {re.escape(badge.help)} \|$", API, re.MULTILINE)


def test_the_limits_of_open_imports_are_in_the_api_page() -> None:
    for rate, whom in ((PER_CLIENT, "from one address"), (PER_REPO, "for one repo")):
        said = f"{rate.burst} at once and then one every {1 / rate.per_second:.0f} s {whom}"
        assert said in " ".join(API.split()), f"docs/api.md lacks: {said}"


def test_badges_and_intervals_are_in_the_readme() -> None:
    for name in (*BADGES, *INTERVALS):
        assert f"`{name}`" in README


def test_every_chart_is_documented() -> None:
    page = (ROOT / "docs" / "charts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted(CHARTS)


def test_every_provider_has_a_section() -> None:
    page = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
    for name in PROVIDERS:
        assert f"/hooks/{name}" in page
        assert f"import {name}" in README


def test_every_command_is_named() -> None:
    for command in typer.main.get_command(commands).commands:  # type: ignore[attr-defined]
        assert re.search(rf"buildtimetrend {command}\b", EVERYTHING), (
            f"no page shows buildtimetrend {command}"
        )


def test_every_target_of_make_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([\w-]+)", EVERYTHING, re.MULTILINE))
    assert named
    assert named <= targets


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    with gzip.open(ROOT / "src/buildtimetrend/demo/data/python-2017.log.gz") as log:
        (tmp_path / "job.log").write_bytes(log.read())
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert "script" in capsys.readouterr().out


def test_the_sample_configuration_names_every_setting() -> None:
    sample = (ROOT / "config_sample.yml").read_text(encoding="utf-8")
    for row in ROWS.values():
        assert re.search(rf"^[ #]*{row.key.rpartition('.')[2]}:", sample, re.MULTILINE), row.key
