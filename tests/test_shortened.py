"""A command as a sentence bears it."""

from __future__ import annotations

import pytest

from buildtimetrend.steps import shortened
from buildtimetrend.steps.shortened import LONGEST

LOOP = "for f in $(find . -name '*.py'); do echo checking $f; python -m py_compile $f; done"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("make test", "make test"),
        ("make  test\n", "make test"),
        ("set -e\n# all of it\ncd build\nmake test\nmake install", "make test"),
        (LOOP, "for f in $(find . -name '*.py'); do echo checking $f; …"),
        ("composer update \\\n  --prefer-dist", "composer update --prefer-dist"),
        ("/" + 30 * "path/", "/" + 11 * "path/" + "pat…"),
        ("run /" + 30 * "path/", "run /" + 10 * "path/" + "path…"),
        ("x" * LONGEST, "x" * LONGEST),
        ("", ""),
    ],
)
def test_it_is_the_first_line_that_does_something_cut_at_a_word(command: str, said: str) -> None:
    assert shortened(command) == said
    assert len(said) <= LONGEST


def test_what_is_shortened_stays_so() -> None:
    assert shortened(shortened(LOOP)) == shortened(LOOP)
