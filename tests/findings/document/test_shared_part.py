"""What several share is told in the past by each of them that is over, whatever the others are."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.findings.document.shared_part import as_leader, as_led, in_projects, on_its_own, shown
from buildtimetrend.findings.sentences.past_tense import as_over

PROJECTS = ("a/b", "c/d", "e/f")
SHARED = in_projects({"image": "trusty", "moved": "take 30 % longer", "since": "12 Aug 2026"}, PROJECTS)
IS = "Jobs on trusty take 30 % longer in three projects since 12 Aug 2026: a/b, c/d and e/f."
WAS = "Jobs on trusty took 30 % longer in three projects from 12 Aug 2026: a/b, c/d and e/f."
BUILD = {"number": "80"}


def document(**more: Any) -> dict[str, Any]:
    said = {
        "sentence": "make takes 9 s longer.",
        "past": "make took 9 s longer.",
        "status": "It is not over.",
    }
    return {**said, "over_since": None, **more}


@pytest.mark.parametrize("leads", [True, False])
def test_what_is_over_says_so_of_all_and_of_its_own(leads: bool) -> None:
    own = document()
    told = as_leader(own, SHARED) if leads else as_led(own, "a/b", "f1", SHARED)
    assert (told["sentence"], told["own_sentence"]) == (IS, "make takes 9 s longer.")
    ended = as_over(told, BUILD, "Over since build #81 on 9 May 2026.")
    assert (ended["sentence"], ended["own_sentence"]) == (WAS, "make took 9 s longer.")
    assert (ended["over_since"], ended["status"]) == (BUILD, "Over since build #81 on 9 May 2026.")
    assert on_its_own(ended)["sentence"] == "make took 9 s longer."


def test_what_is_told_of_fewer_projects_keeps_its_tense() -> None:
    ended = as_over(as_leader(document(), SHARED), BUILD, "Over since build #81 on 9 May 2026.")
    assert shown(ended, lambda repo: repo != "c/d")["sentence"] == (
        "Jobs on trusty took 30 % longer in two projects from 12 Aug 2026: a/b and e/f."
    )


def test_what_was_kept_before_it_had_a_past_stays_as_it_was_told() -> None:
    kept = {"sentence": "make takes 9 s longer.", "status": "It is not over.", "over_since": None}
    assert as_over(kept, BUILD, "Over since build #81 on 9 May 2026.")["sentence"] == "make takes 9 s longer."
