"""Where a finding began, as far as that is known: with one build, with one of several, or with no commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from buildtimetrend.alerts.kinds import is_worse, kind_of

SEVERAL = 2  # projects, or pipelines of one
Build: TypeAlias = Mapping[str, Any]  # a row of it, or what a document has of it


def builds_it_began_with(first: Build, last: Build, before: Build | None = None) -> str:
    """`build #432`, `build #431 or #432`, or `one of builds #377 to #381`: from `first` to `last`, and those
    by whose numbers there are builds after `before`, the last that is known to be without.
    """
    low, high = first["number"], last["number"]
    if before is not None and (between := _numbers_between(before["number"], low)):
        low = str(between[0])
    if low == high:
        return f"build #{high}"
    if not (low.isdecimal() and high.isdecimal()):
        return f"one of builds #{low} to #{high}"
    least, most = sorted((int(low), int(high)))  # some CI systems end builds in another order than they count
    return f"build #{least} or #{most}" if most - least == 1 else f"one of builds #{least} to #{most}"


def is_one_build(finding: Mapping[str, Any]) -> bool:
    """Whether a finding's document leaves no doubt of the build that it began with: its values name one, and
    the build before that is known to be without it. Builds between both are of another branch or did not
    pass; a wait for workers begins with no commit.
    """
    first, before = finding["first"], finding["last_before"]
    if finding["what"] == "waiting" or first["build_id"] != finding["last"]["build_id"]:
        return False
    return before is None or not _numbers_between(before["number"], first["number"])


def first_of(finding: Mapping[str, Any], what: str = "build") -> str:
    """What the build, or the commit, is called that a finding's document began with: `First slow build`."""
    kind = str(finding["what"])
    if kind == "flaky":
        return "First seen"
    if kind.startswith("gone_"):
        return f"First {what} without it"
    if kind.startswith("new_") or kind_of(finding) != "duration":
        return f"First {what} with it"
    return f"First {'slow' if is_worse(finding) else 'fast'} {what}"


def no_commit(finding: Mapping[str, Any]) -> str:
    """That no commit is known to be to blame: it came little by little, jobs waited, several projects share
    the cause, or, of one, several pipelines on one image. Empty where one may be.
    """
    if finding["gradual"]:
        return "Cause not known: no single commit did it."
    if finding["what"] == "waiting":
        return "Cause not known: no commit makes jobs wait for a worker."
    shared = finding.get("shared") or (finding.get("part_of") or {}).get("shared") or {}
    if len(shared.get("projects", ())) >= SEVERAL:
        image = shared["image"]
        return f"Likely cause: a change on {image}, and no commit: several projects changed at once."
    if len(shared.get("pipelines", ())) >= SEVERAL and shared["image"]:
        return f"Cause not known: a commit of this project, or something that changed on {shared['image']}."
    return ""


def may_be_a_commit(finding: Mapping[str, Any]) -> bool:
    """Whether a commit is the likely cause of a duration."""
    return kind_of(finding) == "duration" and not no_commit(finding)


def _numbers_between(before: str, number: str) -> range:
    """A CI counts the builds of a pipeline one by one; of names that are no numbers nothing is known."""
    if not (before.isdecimal() and number.isdecimal()):
        return range(0)
    return range(int(before) + 1, int(number))
