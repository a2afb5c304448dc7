"""A row in the table of filters is all that a new one needs: nothing else names them one by one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
MADE_UP = ("os", "author")


@pytest.mark.servers
def test_filters_that_are_made_up_are_found_everywhere(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    files = [f"tests/filters/{name}.py" for name in ("test_answers", "test_everywhere")]
    options = ["-q", "-p", "tests.filters.made_up", "-p", "no:cacheprovider", f"--junitxml={report}"]
    theirs = " or ".join(f"{made_up}{end}" for made_up in MADE_UP for end in "]-")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-k", theirs, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    names = [case.attrib["name"] for case in ElementTree.parse(report).iter("testcase")]
    for made_up in MADE_UP:
        assert sum(f"{made_up}]" in name or f"{made_up}-" in name for name in names) > 8, names
