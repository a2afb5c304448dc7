"""What a page's script answers, run by Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = resources.files("buildtimetrend.web") / "static" / "js"
RUNNER = """
import {{ readFileSync }} from "node:fs";
import * as script from "./{script}";
const given = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(given.map(([name, ...values]) => script[name](...values) ?? null)));
"""


def answers(folder: Path, script: str, calls: list[tuple[Any, ...]], *imported: str) -> list[Any]:
    """Of calls `(name, *values)` of what the script exports; `imported` are those that it imports."""
    node = shutil.which("node")
    if node is None:
        missing = "The pages' scripts cannot be run: that needs node."
        if os.environ.get("BTT_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    for name in (script, *imported):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text((SCRIPTS / name).read_text("utf-8"), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "runner.js").write_text(RUNNER.format(script=script), "utf-8")
    done = subprocess.run(
        [node, "runner.js"], cwd=folder, input=json.dumps(calls), capture_output=True, text=True, check=True
    )
    found: list[Any] = json.loads(done.stdout)
    return found
