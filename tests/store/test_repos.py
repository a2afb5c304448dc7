"""Contract: which repo a build belongs to, across renames and CI systems."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from buildtimetrend.errors import StoreError
from buildtimetrend.store.base import Store
from tests.store.examples import build, column

FOUND = "SELECT repo_id FROM repo_alias WHERE kind = 'slug' AND alias = lower($slug)"


def repo_of(store: Store, build_id: str) -> int:
    found: int = column(store, "SELECT repo_id FROM build WHERE build_id = $id", id=build_id)[0]
    return found


def slugs(store: Store) -> list[str]:
    return column(store, "SELECT slug FROM repo ORDER BY id")


def test_a_renamed_repo_keeps_its_history_and_is_found_by_both_names(store: Store) -> None:
    store.save(build("1", repo="ann/old", repo_id="77")).result()
    store.save(build("2", repo="ann/new", repo_id="77")).result()
    assert slugs(store) == ["ann/new"]
    assert repo_of(store, "1") == repo_of(store, "2")
    assert (
        column(store, FOUND, slug="ann/old") == column(store, FOUND, slug="ANN/new") == [repo_of(store, "1")]
    )


def test_a_rename_is_remembered_after_a_restart(store: Store, reopened: Callable[[], Store]) -> None:
    store.save(build("1", repo="ann/old", repo_id="77")).result()
    store.save(build("2", repo="ann/new", repo_id="77")).result()
    again = reopened()
    again.save(build("3", repo="ann/old")).result()
    again.save(build("4", repo="ann/newest", repo_id="77")).result()
    assert slugs(again) == ["ann/newest"]
    assert column(again, "SELECT DISTINCT repo_id FROM build") == [1]


def test_a_repo_that_takes_a_former_slug_over_is_found_by_it(store: Store) -> None:
    store.save(build("1", repo="ann/tool", repo_id="77")).result()
    store.save(build("2", repo="ann/renamed", repo_id="77")).result()
    store.save(build("3", repo="ann/tool", repo_id="88")).result()
    assert slugs(store) == ["ann/renamed", "ann/tool"]
    assert column(store, FOUND, slug="ann/tool") == [repo_of(store, "3")]
    store.save(build("4", repo="ann/renamed", repo_id="77")).result()
    assert slugs(store) == ["ann/renamed", "ann/tool"]


def test_a_repo_that_takes_a_present_slug_over_leaves_the_other_its_history(store: Store) -> None:
    store.save(build("1", repo="ann/tool", repo_id="77")).result()
    store.save(build("2", repo="ann/tool", repo_id="88")).result()
    assert repo_of(store, "1") != repo_of(store, "2")
    assert slugs(store) == ["ann/tool~1", "ann/tool"]
    store.save(build("3", repo="bob/tool", repo_id="77")).result()
    assert slugs(store) == ["bob/tool", "ann/tool"]
    assert repo_of(store, "3") == repo_of(store, "1")


def test_two_repos_that_swap_their_names_keep_their_histories(store: Store) -> None:
    store.save(build("1", repo="ann/a", repo_id="1")).result()
    store.save(build("2", repo="ann/b", repo_id="2")).result()
    store.save(build("3", repo="ann/b", repo_id="1")).result()
    store.save(build("4", repo="ann/a", repo_id="2")).result()
    assert slugs(store) == ["ann/b", "ann/a"]
    assert (repo_of(store, "3"), repo_of(store, "4")) == (repo_of(store, "1"), repo_of(store, "2"))


def test_two_ci_systems_that_build_one_slug_share_the_repo(store: Store) -> None:
    store.save(build("1", repo_id="77")).result()
    store.save(build("2", provider="github", instance="https://api.github.com", repo_id="4711")).result()
    store.save(build("3", provider="github", instance="https://ghe.example")).result()
    assert slugs(store) == ["ann/tool"]


def test_a_ci_that_tells_of_a_rename_late_follows_the_one_that_told_first(store: Store) -> None:
    store.save(build("1", repo="ann/old", repo_id="77")).result()
    store.save(build("2", repo="ann/old", provider="github", repo_id="4711")).result()
    store.save(build("3", repo="ann/new", provider="github", repo_id="4711")).result()
    store.save(build("4", repo="ann/old", repo_id="77")).result()
    assert column(store, "SELECT count(DISTINCT repo_id) FROM build") == [1]


def test_slugs_compare_without_case_and_are_kept_as_last_reported(store: Store) -> None:
    store.save(build("1", repo="Ann/Tool", repo_id="77")).result()
    store.save(build("2", repo="ann/tool", repo_id="77")).result()
    store.save(build("3", repo="ANN/TOOL")).result()
    assert slugs(store) == ["ann/tool"]
    assert repo_of(store, "3") == repo_of(store, "1")


def test_a_repo_whose_first_build_could_not_be_stored_is_not_there(store: Store) -> None:
    with pytest.raises(StoreError):
        store.save(build("1", repo="ann/bad", attempt=2**40)).result()
    store.save(build("2", repo="ann/good")).result()
    assert slugs(store) == ["ann/good"]
    assert column(store, FOUND, slug="ann/bad") == []
