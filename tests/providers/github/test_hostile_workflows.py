"""Workflow files are strangers' words: what is read of them is bounded."""

from __future__ import annotations

import pytest

from buildtimetrend.providers.github.workflows.yaml_text import NotYaml, loaded


def test_aliases_that_name_aliases_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 8)}]" for level in range(1, 9)]
    with pytest.raises(NotYaml, match="aliases"):
        loaded("\n".join(lines).encode())


def test_a_few_aliases_are_taken() -> None:
    found = loaded(b"jobs:\n  one: &job {runs-on: ubuntu-latest}\n  other: *job\n")
    assert found["jobs"]["other"] == {"runs-on": "ubuntu-latest"}
