"""What the files for deployment name is there: commands, variables, paths, ports.

No image is built here: that needs a Docker daemon. The steps of the Dockerfile were run by hand in fresh
virtual environments, and the result served.
"""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
import subprocess
import tomllib
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from buildtimetrend.cli import app as commands
from buildtimetrend.settings import CONFIG_ENV, ROWS, load

ROOT = Path(__file__).parents[2]
PROCFILE = (ROOT / "Procfile").read_text(encoding="utf-8")
APP: dict[str, Any] = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNITS = sorted((ROOT / "deploy").glob("*.service"))
VARIABLES = {name for row in ROWS.values() for name in (row.env or "").split(", ")} | {CONFIG_ENV}
# uvicorn's: whose X-Forwarded-For is believed. And the one that Heroku's PostgreSQL sets.
OTHERS = {"FORWARDED_ALLOW_IPS", "DATABASE_URL", "XDG_DATA_HOME", "PYTHON"}
COMMANDS = set(typer.main.get_command(commands).commands)  # type: ignore[attr-defined]
PAGE = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")


def test_only_what_is_tested_is_claimed() -> None:
    """Tests run on one Python, that of `.python-version` and of the image, on Linux."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    claimed = project["classifiers"]
    python = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    versions = {line.rpartition(" ")[2] for line in claimed if "Python ::" in line}
    assert versions == {"3", python}
    assert [line for line in claimed if "Operating System" in line] == ["Operating System :: POSIX :: Linux"]
    assert {match[1] for match in re.finditer(r"FROM python:(\d+\.\d+)", DOCKERFILE)} == {python}
    assert f"Python {python} " in (ROOT / "README.md").read_text(encoding="utf-8")


def named(text: str) -> set[str]:
    """Variables that a text sets or takes."""
    return set(re.findall(r"\b((?:BTT|KEEN|TRAVIS)_[A-Z_]+|PORT|[A-Z]+_URL|FORWARDED_ALLOW_IPS)\b", text))


@pytest.mark.parametrize(
    "text",
    [PROCFILE, json.dumps(APP), yaml.dump(COMPOSE), DOCKERFILE, PAGE, *(unit.read_text() for unit in UNITS)],
    ids=[
        "Procfile",
        "app.json",
        "compose.yaml",
        "Dockerfile",
        "deploying.md",
        *(unit.name for unit in UNITS),
    ],
)
def test_every_variable_is_a_setting(text: str) -> None:
    assert named(text) <= VARIABLES | OTHERS


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_the_processes_of_the_procfile_can_be_started(kind: str) -> None:
    [line] = [line for line in PROCFILE.splitlines() if line.startswith(f"{kind}:")]
    words = [word for word in shlex.split(line)[1:] if not re.match(r"[A-Z_]+=", word)]
    program = {"web": ["python", "service.py"], "worker": ["utils/start_worker.sh"]}[kind]
    assert words == program
    assert (ROOT / program[-1]).is_file()


@pytest.mark.servers
@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({"DATABASE_URL": "postgres://u:p@db/x"}, "postgres://u:p@db/x"),
        (
            {"DATABASE_URL": "postgres://u:p@db/x", "BTT_STORE_URL": "postgresql://other/y"},
            "postgresql://other/y",
        ),
    ],
    ids=["the platform's database", "the store's own setting goes first"],
)
def test_the_procfile_takes_the_platforms_database(given: dict[str, str], used: str) -> None:
    for line in PROCFILE.splitlines():
        assignments = line.partition(":")[2].rpartition("python")[0].replace(" PYTHON=", "").strip()
        script = f"{assignments} sh -c 'printf %s \"$BTT_STORE_URL\"'"
        out = subprocess.run(
            ["sh", "-c", script], env=given, capture_output=True, text=True, check=True
        ).stdout
        assert load({"BTT_STORE_URL": out}, None).settings.store_url == used


def test_app_json_has_web_and_worker_and_add_ons_whose_variables_are_read() -> None:
    kinds = {line.partition(":")[0] for line in PROCFILE.splitlines()}
    assert set(APP["formation"]) == kinds == {"web", "worker"}
    assert [addon["plan"].partition(":")[0] for addon in APP["addons"]] == ["heroku-postgresql", "cloudamqp"]
    assert "CLOUDAMQP_URL" in VARIABLES


def test_values_of_app_json_are_the_defaults() -> None:
    values = {name: entry["value"] for name, entry in APP["env"].items() if "value" in entry}
    assert load(values).settings == load({}).settings


def test_what_a_python_buildpack_installs_is_what_runs() -> None:
    assert "-r requirements/run.txt" in (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert (ROOT / "bin" / "post_compile").stat().st_mode & 0o111


def test_services_of_compose_are_the_image_with_a_command_of_ours() -> None:
    ours = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "buildtimetrend"}
    assert set(ours) == {"service", "worker"}
    assert ours["worker"]["command"] == ["worker"]
    assert json.loads(re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[-1]) == ["serve"]
    assert {"serve", "worker"} <= COMMANDS


def test_compose_waits_for_servers_that_have_a_health_check() -> None:
    for each in COMPOSE["services"].values():
        for name, on in each.get("depends_on", {}).items():
            assert on == {"condition": "service_healthy"}
            assert COMPOSE["services"][name]["healthcheck"]["test"]


def test_settings_of_compose_are_allowed_and_name_its_servers() -> None:
    given = COMPOSE["services"]["service"]["environment"]
    filled = {
        name: re.sub(r"\$\{(\w+):(?:\?[^}]*|-([^}]*))\}", lambda m: m[2] or "", value)
        for name, value in given.items()
    }
    filled["BTT_STORE_URL"] = filled["BTT_STORE_URL"].replace(":@", ":secret@")
    settings = load(filled).settings
    assert settings.store_url == "postgresql://buildtimetrend:secret@postgres/buildtimetrend"
    assert settings.task_queue_broker_url == "redis://redis:6379/0"
    assert {"postgres", "redis"} <= set(COMPOSE["services"])


def test_volumes_are_declared_and_the_image_keeps_its_data_in_one() -> None:
    used = {
        mount.partition(":")[0] for each in COMPOSE["services"].values() for mount in each.get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])
    [volume] = re.findall(r"^VOLUME (\S+)$", DOCKERFILE, re.MULTILINE)
    assert f"state:{volume}" in COMPOSE["services"]["service"]["volumes"]
    assert f"XDG_DATA_HOME={Path(volume).parent}" in DOCKERFILE
    assert Path(volume).name == "buildtimetrend"


def test_ports_are_the_default_and_reach_this_machine_alone() -> None:
    port = load({}).settings.port
    assert COMPOSE["services"]["service"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [str(port)]
    for name in ("nginx.conf", "Caddyfile"):
        assert f"127.0.0.1:{port}" in (ROOT / "deploy" / name).read_text(encoding="utf-8")


def test_the_image_runs_without_root_and_carries_no_secret() -> None:
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["buildtimetrend"]
    assert not re.search(r"TOKEN|PASSWORD|SECRET|_KEY", DOCKERFILE)


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [
        words[:-1]
        for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for words in [words.split()]
    ]
    for path in (path for paths in copied for path in paths):
        assert (ROOT / path).exists()
        assert path in kept


def test_images_name_no_registry() -> None:
    images = [each["image"] for each in COMPOSE["services"].values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(re.fullmatch(r"[a-z]+(:[\w.-]+)?", image) for image in images)


def test_the_build_tools_of_the_image_are_pinned_whole() -> None:
    dev = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    build = runpy.run_path(str(ROOT / "requirements" / "build.py"))
    assert (ROOT / "requirements" / "build.txt").read_text(encoding="utf-8") == build["pinned"](dev)
    needed = {re.split(r"[^\w-]", name)[0] for name in requires("hatchling") or [] if "extra ==" not in name}
    assert needed - {"tomli"} <= build["NAMES"]  # Python has that itself


@pytest.mark.servers
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_start_commands_of_ours_and_are_understood(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    [command] = re.findall(r"^ExecStart=/opt/buildtimetrend/bin/buildtimetrend (\w+)$", text, re.MULTILINE)
    assert command in COMMANDS
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program = tmp_path / "buildtimetrend"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / unit.name
    copy.write_text(text.replace("/opt/buildtimetrend/bin/buildtimetrend", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_files_are_told_of_in_the_page() -> None:
    files = ["Procfile", "app.json", "Dockerfile", "compose.yaml", "utils/backup-duckdb.sh"]
    files += [f"deploy/{path.name}" for path in (ROOT / "deploy").iterdir()]
    assert [name for name in files if name not in PAGE] == []
