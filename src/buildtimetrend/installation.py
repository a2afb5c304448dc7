"""What people type for a command of this program: it depends on how it came to this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

CONTAINER = "BUILDTIMETREND_CONTAINER"  # set by the Dockerfile
_CHECKOUT = Path(__file__).parents[2]


def command(name: str, environment: Mapping[str, str] = os.environ, checkout: Path = _CHECKOUT) -> str:
    """How `buildtimetrend NAME` is called here: in a container, in a checkout, or where pip put it."""
    if environment.get(CONTAINER):
        # The image is called as in compose.yaml; another service needs a container of its own.
        return (
            "docker run --rm -p 5000:5000 buildtimetrend demo" if name == "demo" else f"buildtimetrend {name}"
        )
    if (checkout / "Makefile").is_file() and (checkout / "pyproject.toml").is_file():
        return f"make {name}" if name == "demo" else f".venv/bin/buildtimetrend {name}"
    if shutil.which("buildtimetrend", path=environment.get("PATH")):
        return f"buildtimetrend {name}"
    return f"python -m buildtimetrend {name}"
