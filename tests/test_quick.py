"""What `make quick` runs starts no process, and needs no server."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests import quick
from tests.conftest import ByFile


def test_a_test_that_starts_a_process_must_say_so() -> None:
    with pytest.raises(RuntimeError, match="mark it with `servers`"):
        subprocess.run([sys.executable, "--version"], check=True)
    with pytest.raises(RuntimeError, match="mark it with `servers`"):
        os.system("true")


@pytest.mark.servers
def test_one_that_says_so_may_start_them() -> None:
    subprocess.run([sys.executable, "--version"], check=True)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_those_whose_parameters_name_a_server_are_none_of_them(
    engine: str, request: pytest.FixtureRequest
) -> None:
    needs_one = request.node.get_closest_marker("servers") is not None
    assert needs_one == quick.needs_a_server(request.node) == (engine == "postgres")


def test_those_in_folders_of_servers_are_none_of_them(request: pytest.FixtureRequest) -> None:
    items = {item.path.parent.name: item for item in request.session.items}
    for folder in set(quick.FOLDERS) & set(items):
        assert items[folder].get_closest_marker("servers") is not None


def test_processes_share_files_among_them_and_one_has_the_browser() -> None:
    file_of = ByFile.__new__(ByFile)._split_scope
    assert file_of("tests/web/test_api.py::test_a[tests/b.py::c]") == "tests/web/test_api.py"
    pages, controls = (file_of(f"tests/browser/test_{name}.py::test_a") for name in ("pages", "controls"))
    assert pages == controls
