"""By which change a page tells what wall time is made of."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

pytestmark = pytest.mark.servers

SCRIPTS = resources.files("buildtimetrend.web") / "static" / "js"
RUNNER = """
import { readFileSync } from "node:fs";
import { foremost } from "./charts/kinds/flags.js";
const asked = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(asked.map((changes) => foremost(changes)?.label)));
"""
OPEN = {"label": "open", "seconds": 27, "before": None, "over": None}
OPEN_MOVED = {"label": "open, moved wall time", "seconds": -20, "before": 324, "over": None}
OVER_MOVED = {"label": "over, moved wall time", "seconds": 90, "before": 324, "over": 5}
LARGER = {"label": "larger", "seconds": 30, "before": 324, "over": None}


def test_what_moved_wall_time_goes_before_what_is_larger_in_a_job_that_nobody_waits_for(
    tmp_path: Path,
) -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("BTT_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail("Node is not installed here")
        pytest.skip("Node is not installed here")
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    for name in ("format.js", "charts/colours.js", "charts/palette.js", "charts/kinds/flags.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((SCRIPTS / name).read_text("utf-8"), "utf-8")
    (tmp_path / "runner.js").write_text(RUNNER, "utf-8")
    asked = [[OPEN, OVER_MOVED, OPEN_MOVED], [OPEN_MOVED, LARGER], [OVER_MOVED, OPEN], []]
    done = subprocess.run(
        [node, "runner.js"], cwd=tmp_path, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == ["open, moved wall time", "larger", "open", None]
