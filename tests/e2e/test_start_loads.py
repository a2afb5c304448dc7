"""What the service loads when it starts: each start of each command pays for it, whatever it is for."""

from __future__ import annotations

import subprocess
import sys

# Of what one path alone needs: badges, tasks on a broker, an engine, providers' signatures and their tests.
LATE = (
    "badgepy",
    "requests",
    "celery",
    "kombu",
    "duckdb",
    "psycopg",
    "cryptography",
    "pytest",
    "buildtimetrend.demo",
)
LOADED = "import sys, buildtimetrend.bootstrap; print(*sys.modules)"


def test_it_does_not_load_what_one_path_alone_needs() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    assert "buildtimetrend.web.badges" in loaded.split()
    assert not {*LATE} & {*loaded.split()}
