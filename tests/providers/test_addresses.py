"""Repos as they are pasted."""

from __future__ import annotations

import pytest

from buildtimetrend.providers import open_provider, provider_class
from buildtimetrend.providers.addresses import host_of
from buildtimetrend.providers.base import Provider, Section
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


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("owner/name", None),
        ("group/sub/name", None),
        ("https://GitHub.com/owner/name", "github.com"),
        ("https://user@github.com:443/owner/name", "github.com"),
        ("http://127.0.0.1:8080/owner/name", "127.0.0.1:8080"),
        ("github.com/owner/name", "github.com"),
        ("git@gitlab.example:group/name.git", "gitlab.example"),
        ("ssh://git@gitlab.example:2222/group/name.git", "gitlab.example"),
        ("https://[::1", ""),
        ("https://x:y/a/b", ""),
    ],
)
def test_the_host_of_a_pasted_address(text: str, host: str | None) -> None:
    assert host_of(text) == host


def opened(kind: str, address: str) -> Provider:
    values = provider_class(kind).settings(**{provider_class(kind).address: address})
    return open_provider(Section(kind, kind, values))


@pytest.mark.parametrize(
    ("kind", "address", "text", "repo"),
    [
        ("travis", "https://api.travis-ci.com", "https://github.com/owner/name", "owner/name"),
        ("travis", "https://api.travis-ci.com", "https://app.travis-ci.com/github/owner/name", "owner/name"),
        ("travis", "https://ci.example/api", "https://ci.example/owner/name", "owner/name"),
        ("travis", "https://api.travis-ci.com", "https://codeberg.example/owner/name", None),
        ("github", "https://api.github.com", "https://github.com/owner/name/pull/3", "owner/name"),
        ("github", "https://api.github.com", "git@github.com:owner/name.git", "owner/name"),
        ("github", "https://api.github.com", "https://gitlab.com/owner/name", None),
        ("github", "https://ghe.example/api/v3", "https://ghe.example/owner/name", "owner/name"),
        ("github", "https://ghe.example/api/v3", "https://github.com/owner/name", None),
        ("gitlab", "https://gitlab.com", "https://gitlab.com/group/sub/name/-/pipelines/7", "group/sub/name"),
        ("gitlab", "https://gitlab.com", "https://github.com/owner/name", None),
        ("gitlab", "https://gitlab.com", "group/sub/name", "group/sub/name"),
    ],
)
def test_an_address_is_looked_for_only_at_cis_that_build_for_its_host(
    kind: str, address: str, text: str, repo: str | None
) -> None:
    provider = opened(kind, address)
    try:
        assert provider.found_in(text) == repo
    finally:
        provider.close()
