"""Repos as they are pasted."""

from __future__ import annotations

import pytest

from buildtimetrend.providers.travis import Travis
from tests.providers.toy import Toy

PASTED = [
    "owner/name",
    " owner/name/ ",
    "https://github.com/owner/name",
    "https://github.com/owner/name.git",
    "http://github.com/owner/name/tree/main/src?tab=readme#top",
    "https://github.com/owner/name/pull/12",
    "https://bitbucket.org/owner/name/src/main",
    "github.com/owner/name",
    "git@github.com:owner/name.git",
    "ssh://git@github.com/owner/name.git",
    "https://user@github.com:443/owner/name",
    "https://travis-ci.org/owner/name/builds/12",
    "https://travis.example.org/owner/name",
]


@pytest.mark.parametrize("text", [*PASTED, "https://app.travis-ci.com/github/owner/name/builds/12"])
def test_a_pasted_address_means_its_repo(text: str) -> None:
    assert Travis.repo_of(text) == "owner/name"


@pytest.mark.parametrize("text", PASTED)
def test_so_it_does_where_a_ci_says_nothing_of_its_own(text: str) -> None:
    assert Toy.repo_of(text) == "owner/name"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "owner",
        "https://github.com/owner",
        "a/b/c",
        "a/../b",
        "owner/na me",
        "https://[::1",
        "x" * 5000,
        "//",
    ],
)
def test_what_means_no_repo_of_it_is_none(text: str) -> None:
    assert Travis.repo_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "group/sub/name",
        "https://gitlab.example/group/sub/name/-/pipelines/7",
        "git@gitlab.example:group/sub/name.git",
        "https://gitlab.example/group/sub/name/tree/main",
    ],
)
def test_a_ci_whose_repos_have_more_segments_keeps_them(text: str) -> None:
    assert Toy.repo_of(text) == "group/sub/name"


def test_an_owner_or_a_project_may_be_called_like_a_page() -> None:
    assert Travis.repo_of("https://github.com/actions/builds") == "actions/builds"
