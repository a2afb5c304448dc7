from __future__ import annotations

from buildtimetrend.web.cache import RepoCache


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_kept_for_its_time() -> None:
    clock = Clock()
    cache: RepoCache[str] = RepoCache(10, 10, clock)
    cache.put(1, "chart", "drawn", 60, cache.drops())
    clock.now = 60
    assert cache.get(1, "chart") == "drawn"
    clock.now = 60.1
    assert cache.get(1, "chart") is None


def test_a_repo_that_changes_loses_its_answers_and_no_others() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    cache.put(1, "chart", "one", 60, cache.drops())
    cache.put(2, "chart", "two", 60, cache.drops())
    cache.drop(1)
    assert (cache.get(1, "chart"), cache.get(2, "chart")) == (None, "two")
    cache.drop(None)
    assert cache.get(2, "chart") is None


def test_an_answer_computed_while_its_repo_changed_is_not_kept() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    before = cache.drops()
    cache.drop(1)
    cache.put(1, "chart", "stale", 60, before)
    assert cache.get(1, "chart") is None


def test_neither_repos_nor_answers_grow_without_bounds() -> None:
    cache: RepoCache[int] = RepoCache(3, 2)
    for repo in range(10):
        for key in range(10):
            cache.put(repo, key, key, 60, cache.drops())
    kept = [(repo, key) for repo in range(10) for key in range(10) if cache.get(repo, key) is not None]
    assert kept == [(repo, key) for repo in (7, 8, 9) for key in (8, 9)]


def test_what_is_used_stays() -> None:
    cache: RepoCache[int] = RepoCache(2, 2)
    cache.put(1, "a", 1, 60, cache.drops())
    cache.put(2, "a", 2, 60, cache.drops())
    cache.get(1, "a")
    cache.put(3, "a", 3, 60, cache.drops())
    assert (cache.get(1, "a"), cache.get(2, "a"), cache.get(3, "a")) == (1, None, 3)
