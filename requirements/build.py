"""Writes build.txt: what builds the package, as dev.txt pins it. Run by `make lock`."""

import re
from pathlib import Path

NAMES = {"hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}


def pinned(text: str) -> str:
    """The lines of those packages: each begins at the margin, its hashes are indented."""
    blocks = re.split(r"^(?=\w)", text, flags=re.MULTILINE)
    return "".join(block for block in blocks if block.partition("==")[0] in NAMES)


if __name__ == "__main__":
    here = Path(__file__).parent
    text = (here / "dev.txt").read_text(encoding="utf-8")
    (here / "build.txt").write_text(pinned(text), encoding="utf-8")
