"""Names that somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

NEAREST = 3
_SIMILAR = 0.6
# Names are compared one by one, for anybody who asks: no more of them, and no longer ones.
_MOST_NAMES, LONGEST_NAME = 2000, 100


def nearest(wanted: str, names: Iterable[str]) -> list[str]:
    """Names like that one, and those that differ in what stands before their last `/` alone, the most similar
    first: `NEAREST` at most.
    """
    wanted = wanted.lower()[:LONGEST_NAME]
    known = {name.lower(): name for name in islice(names, _MOST_NAMES) if len(name) <= LONGEST_NAME}
    same_name = [name for name in known if name.rsplit("/", 1)[-1] == wanted.rsplit("/", 1)[-1]]
    similar = difflib.get_close_matches(wanted, known, NEAREST, _SIMILAR)
    found = dict.fromkeys([*similar, *same_name])
    return [known[name] for name in found if name != wanted][:NEAREST]
