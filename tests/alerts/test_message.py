"""Messages about findings: their words, links and ids."""

from __future__ import annotations

from typing import Any

import pytest

from buildtimetrend.alerts.message import MOST_PARTS, digest
from buildtimetrend.alerts.of_finding import message
from buildtimetrend.alerts.plain import plain
from tests.alerts.examples import AT, BASE, build, finding, hostile, told


def test_a_message_says_what_since_when_because_of_what_and_whether_it_is_over() -> None:
    one = told()
    assert one.subject == (
        "owner/repo: make test takes 1 m 1 s longer (+34 %) in all four jobs since build #432 on 10 Jul 2026."
    )
    assert one.lines == (
        "It is not over.",
        "It began with one of builds #431 to #433; build #430 was the last before it. "
        "97 % sure that it is not chance.",
        "First slow commit, most likely: c69ede6 Test with more numbers, by Edsger Specimen.",
        "It takes 4 m 1 s instead of 3 m, a build 6 m 13 s instead of 5 m 12 s.",
    )
    assert one.url == "https://trends.example/findings/owner/repo/f1"
    assert one.compare_url == "https://code.example/o/r/compare/4f1c2aa...c69ede6"
    assert one.tone == "worse"


def test_what_is_over_says_so_first_and_is_good_news() -> None:
    one = told(
        "fixed",
        over_since=build("480"),
        status="Over since build #480 on 3 Aug 2026.",
    )
    assert one.title.startswith("Over: make test takes 1 m 1 s longer")
    assert one.lines[0] == "Over since build #480 on 3 Aug 2026."
    assert one.lines[-1] == "It took 4 m 1 s instead of 3 m, a build 6 m 13 s instead of 5 m 12 s."
    assert one.tone == "better"


def test_what_several_projects_share_is_no_commit_of_one() -> None:
    shared = {"image": "trusty", "projects": ["a/b", "owner/repo"]}
    said = "Likely cause: a change on trusty, and no commit: several projects changed at once."
    for several in ({"shared": shared}, {"shared": None, "part_of": {"repo": "a/b", "shared": shared}}):
        assert said in told(**several).lines
        assert not [line for line in told(**several).lines if line.startswith("First ")]


def test_what_came_little_by_little_is_no_commit_and_says_from_when_until_when() -> None:
    assert told(gradual=True).lines == (
        "It is not over.",
        "From build #431 to #433. 97 % sure that it is not chance.",
        "Cause not known: no single commit did it.",
        "It takes 4 m 1 s instead of 3 m, a build 6 m 13 s instead of 5 m 12 s.",
    )


def test_what_pipelines_of_one_project_share_on_an_image_is_known_to_be_of_no_commit() -> None:
    of_pipelines = {"image": "trusty", "projects": ["owner/repo"], "pipelines": ["ci.yml", "docs.yml"]}
    said = "Cause not known: a commit of this project, or something that changed on trusty."
    for several in ({"shared": of_pipelines}, {"part_of": {"repo": "owner/repo", "shared": of_pipelines}}):
        assert said in told(**several).lines
        assert not [line for line in told(**several).lines if line.startswith("First ")]
    # A step that all of them run is changed by a commit, and one pipeline shares nothing.
    for not_several in ({"image": ""}, {"pipelines": ["ci.yml"]}):
        assert told(shared=of_pipelines | not_several).lines == told().lines


@pytest.mark.parametrize(
    ("of", "called"),
    [
        ({}, "First slow commit"),
        ({"before": 241.0, "after": 180.0}, "First fast commit"),
        ({"what": "new_step"}, "First commit with it"),
        ({"what": "gone_job"}, "First commit without it"),
        ({"what": "results"}, "First commit with it"),
    ],
)
def test_the_first_commit_is_called_after_what_changed(of: dict[str, Any], called: str) -> None:
    assert f"{called}, most likely: c69ede6 Test with more numbers, by Edsger Specimen." in told(**of).lines


def test_what_later_builds_do_not_bear_out_is_withdrawn_and_not_said_to_go_on() -> None:
    one = told("fixed", why="Later builds do not bear it out.")
    assert one.title.startswith("Withdrawn: make test takes 1 m 1 s longer")
    assert one.lines == ("Later builds do not bear it out.",)
    back_by_now = told("fixed")
    assert back_by_now.title.startswith("Over: ")
    assert "It is not over." not in back_by_now.lines


def test_what_takes_less_is_good_news() -> None:
    assert told(before=241.0, after=180.0).tone == "better"


def test_an_event_has_the_same_id_whenever_it_is_told_and_events_of_one_finding_share_a_thread() -> None:
    assert told() == told()
    opened, fixed = told(), told("fixed")
    assert opened.id != fixed.id
    assert opened.thread == fixed.thread
    assert told(id="f2").thread != opened.thread


def test_ids_are_of_characters_that_every_protocol_takes() -> None:
    one = told(id="a b/<c>\r\n@", repo="gröup/sub/repo")
    assert one.id == "gr-up-sub-repo.a-b-c-.1"


def test_without_a_public_address_there_is_no_link() -> None:
    one = message(finding(), id="f1", number=1, event="opened", at=AT, repo="o/r", base="")
    assert one.url is None


def test_an_address_of_the_code_host_that_is_none_of_the_web_becomes_no_link() -> None:
    assert told(compare_url="javascript:alert(1)").compare_url is None
    assert told(compare_url=None).compare_url is None


def test_strangers_words_are_one_plain_line() -> None:
    one = hostile()
    for text in (one.title, one.repo, one.pipeline, *one.lines):
        assert text.isprintable()
    assert plain("x" * 5_000_000, 50) == "x" * 49 + "…"
    assert plain("half a pair:\ud800 \t.") == "half a pair: ."
    assert plain("\u05d0\u05d1 stays") == "\u05d0\u05d1 stays"


def test_a_digest_has_its_messages_and_the_same_id_in_any_order() -> None:
    several = [told(id=str(number)) for number in range(3)]
    one = digest(several, BASE)
    assert (one.title, one.repo, one.parts) == ("3 changes", "owner/repo", tuple(several))
    assert digest(several[::-1], BASE).id == one.id
    assert digest(several[:2], BASE).id != one.id


def test_a_long_digest_says_how_many_are_left_out() -> None:
    several = [told(id=str(number), repo=f"o/r{number % 2}") for number in range(MOST_PARTS + 5)]
    one = digest(several, BASE)
    assert one.title == f"{MOST_PARTS + 5} changes in 2 projects"
    assert one.lines == ("5 further ones not shown here.",)
    assert len(one.parts) == MOST_PARTS


def test_a_finding_of_waiting_and_one_of_builds_alone_say_what_takes_so_long() -> None:
    assert told(what="waiting").lines[-1].startswith("Waiting takes 4 m 1 s instead of 3 m, a build")
    assert told(what="wall").lines[-1] == "A build takes 4 m 1 s instead of 3 m."
    assert told(wall_after=None).lines[-1] == "It takes 4 m 1 s instead of 3 m."
