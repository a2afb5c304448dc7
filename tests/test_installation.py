"""Hints name commands that there are, however the program came to this machine."""

from __future__ import annotations

from pathlib import Path

from buildtimetrend.installation import CONTAINER, command


def test_a_checkout_has_its_own_commands(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml"):
        (tmp_path / name).touch()
    assert command("demo", {}, tmp_path) == "make demo"
    assert command("repair-store", {}, tmp_path) == ".venv/bin/buildtimetrend repair-store"
    assert command("demo") == "make demo"  # these tests run in one


def test_what_pip_installed_is_called_by_its_name_where_the_shell_finds_it(tmp_path: Path) -> None:
    assert command("demo", {"PATH": str(tmp_path)}, tmp_path) == "python -m buildtimetrend demo"
    script = tmp_path / "buildtimetrend"
    script.touch(0o755)
    assert command("demo", {"PATH": str(tmp_path)}, tmp_path) == "buildtimetrend demo"


def test_an_image_starts_the_demo_in_a_container_of_its_own(tmp_path: Path) -> None:
    inside = {CONTAINER: "1", "PATH": ""}
    assert command("demo", inside, tmp_path) == "docker run --rm -p 5000:5000 buildtimetrend demo"
    assert command("repair-store", inside, tmp_path) == "buildtimetrend repair-store"
    dockerfile = (Path(__file__).parents[1] / "Dockerfile").read_text()
    assert f"{CONTAINER}=1" in dockerfile
