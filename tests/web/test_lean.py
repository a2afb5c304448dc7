"""Scripts are served without their comments, and are the same scripts."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from buildtimetrend.web.http.assets import asset
from buildtimetrend.web.http.lean import without_comments
from tests.web.conftest import Service

FOLDER = Path(str(resources.files("buildtimetrend.web"))) / "static"
SCRIPTS = sorted((FOLDER / "js").rglob("*.js"))


def test_lines_that_are_comments_are_empty_and_all_others_stay_where_they_were() -> None:
    source = '// a\n/** b\n * c */\n  const url = "https://x"; // d\n/* e */\n\nf(`/*`);\n'
    assert without_comments(source) == '\n\n\nconst url = "https://x"; // d\n\n\nf(`/*`);\n'


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_no_script_has_a_text_of_several_lines_or_code_behind_a_comment(script: Path) -> None:
    source = script.read_text("utf-8")
    within = False
    for line in source.split("\n"):
        text = line.strip()
        if within or text.startswith("/*"):
            within = "*/" not in text
            assert within or text.endswith("*/"), line
        elif not text.startswith("//"):
            assert line.count("`") % 2 == 0, line
    assert not within


def test_a_script_is_served_without_them_and_what_is_vendored_as_it_is(shared: Service) -> None:
    lean = shared.client.get(asset("js/dom.js")).text
    assert "export function element(name, attributes = {}, ...children) {" in lean
    assert "@template" not in lean
    vendored = shared.client.get(asset("vendor/echarts.js")).content
    assert vendored == (FOLDER / "vendor" / "echarts.js").read_bytes()
