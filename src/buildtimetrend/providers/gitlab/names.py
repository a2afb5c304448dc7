"""What names mean: of a job, which of several it is; of a pipeline, whether it is one.

`test 1/3` and `deploy: [aws, eu]` are jobs of one definition, as GitLab groups them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from buildtimetrend.model import Matrix

_PART = re.compile(r"(?P<name>.*\S)[\s:]+(?P<place>\d{1,6})/(?P<total>\d{1,6})", re.DOTALL)
_VALUES = re.compile(r"(?P<name>.*?\S): \[(?P<values>.+)\]", re.DOTALL)
_LONGEST = 500  # characters of a name with values in it: GitLab has 255
_VARIABLE = re.compile(r"\$\w|\$\{|\$\[\[|%\w+%")
# What differs from one run to the next: hashes, dates, numbers that count on
_VARYING = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?![0-9A-Za-z])"
    r"|(?<!\d)(?:19|20)\d\d-?[01]\d-?[0-3]\d|[#!]\d+|(?<![\w.])\d{3,}(?![\w.])"
    r"|refs/(?:merge-requests|heads|tags|pipelines)/"
)


def named(shown: str) -> tuple[str, Matrix]:
    """Name and matrix. The values are called by their place, since GitLab does not tell the keys."""
    if len(shown) > _LONGEST:
        return shown, Matrix()
    part = _PART.fullmatch(shown)
    if part and 1 <= int(part["place"]) <= int(part["total"]):
        place = f"{part['place']}/{part['total']}"
        return part["name"].rstrip(": "), Matrix(place, {"1": place})
    listed = _VALUES.fullmatch(shown)
    if listed:
        values = listed["values"]
        return listed["name"], Matrix(
            values, {str(at): value for at, value in enumerate(values.split(", "), 1)}
        )
    return shown, Matrix()


def is_steady(name: str, run: Iterable[str | None]) -> bool:
    """Whether other runs of that pipeline have that name, too. `run` is what is known of this one: its ref,
    commit, number, source, who started it: `workflow:name` may be made of them.
    """
    if _VARIABLE.search(name) or _VARYING.search(name):
        return False
    lower = f" {name.lower()} "
    return not any(_holds(lower, value.lower().strip()) for value in run if value and value.strip())


def _holds(name: str, value: str) -> bool:
    at = name.find(value)
    while at >= 0:
        if not name[at - 1].isalnum() and not name[at + len(value)].isalnum():
            return True
        at = name.find(value, at + 1)
    return False
