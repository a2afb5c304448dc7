"""The engines that the contract is run on, each with the URL of an empty store in the test's own folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

URLS: dict[str, Callable[[Path], str]] = {
    "duckdb": lambda folder: f"duckdb:///{folder}/store.duckdb",
}
