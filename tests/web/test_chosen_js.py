"""What a panel says of a chart that has too many rows to draw."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.servers

SCRIPTS = resources.files("buildtimetrend.web") / "static" / "js"
RUNNER = """
import { readFileSync } from "node:fs";
import { chosen } from "./charts/chosen.js";
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(chosen)));
"""


def said(folder: Path, *panels: list[dict[str, Any]]) -> list[str]:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("BTT_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail("Node is not installed here")
        pytest.skip("Node is not installed here")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "charts").mkdir()
    for name in ("format.js", "charts/chosen.js"):
        (folder / name).write_text((SCRIPTS / name).read_text("utf-8"), "utf-8")
    (folder / "runner.js").write_text(RUNNER, "utf-8")
    done = subprocess.run(
        [node, "runner.js"],
        cwd=folder,
        input=json.dumps(panels),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_a_panel_says_how_many_builds_of_how_many_it_draws(tmp_path: Path) -> None:
    times = {"chart": "build_times", "shown": None, "of": None}
    assert said(
        tmp_path,
        [times, {"chart": "build_points", "shown": 1500, "of": 48210}],
        [times, {"chart": "build_points", "shown": 12, "of": 12}],
        [{"chart": "build_points", "shown": 0, "of": 0}],
        [{"chart": "an older answer"}],
    ) == ["1,500 of 48,210 builds are drawn.", "", "", ""]
