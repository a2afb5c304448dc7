from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from buildtimetrend.web.cache import RepoCache

LONG = 10  # seconds within which a thread gets on


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def kept(cache: RepoCache[str], repo: int, key: str) -> str | None:
    found = cache.kept(repo, key)
    return None if found is None else found.value


def put(cache: RepoCache[str], repo: int, key: str, value: str, seconds: float = 60) -> None:
    assert cache.answer(repo, key, seconds, lambda: value) == value


@contextmanager
def asking(cache: RepoCache[str], repo: int, key: str, value: str) -> Iterator[None]:
    """Somebody asks, and is answered when the context ends."""
    began, ends = threading.Event(), threading.Event()

    def ask() -> str:
        began.set()
        assert ends.wait(LONG)
        return value

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(cache.answer, repo, key, 60, ask)
        assert began.wait(LONG)
        try:
            yield
        finally:
            ends.set()
        assert answer.result(LONG) == value


def test_an_answer_is_kept_for_its_time() -> None:
    clock = Clock()
    cache: RepoCache[str] = RepoCache(10, 10, clock=clock)
    put(cache, 1, "chart", "drawn")
    clock.now = 60
    assert kept(cache, 1, "chart") == "drawn"
    clock.now = 60.1
    assert kept(cache, 1, "chart") is None


def test_a_repo_that_changes_loses_its_answers_and_no_others() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    put(cache, 1, "chart", "one")
    put(cache, 2, "chart", "two")
    cache.drop(1)
    assert (kept(cache, 1, "chart"), kept(cache, 2, "chart")) == (None, "two")


def test_who_holds_an_answer_sees_that_it_is_out_of_date() -> None:
    cache: RepoCache[str] = RepoCache(1, 10)
    put(cache, 1, "chart", "one")
    held = cache.kept(1, "chart")
    assert held is not None
    assert held.fresh(0)
    put(cache, 2, "chart", "two")  # the first one goes, for want of room
    assert not held.fresh(0)


def test_an_answer_that_cannot_be_weighed_fails_for_all_who_ask_and_is_asked_for_anew() -> None:
    def weigh(value: str) -> int:
        if value == "odd":
            raise TypeError(value)
        return 1

    cache: RepoCache[str] = RepoCache(10, 10, weigh=weigh)
    began, ends = threading.Event(), threading.Event()

    def ask() -> str:
        began.set()
        assert ends.wait(LONG)
        return "odd"

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.answer, 1, "chart", 60, ask)
        assert began.wait(LONG)
        second = threads.submit(cache.answer, 1, "chart", 60, lambda: "not asked")
        while not cache.shared:
            pass
        ends.set()
        for answer in (first, second):
            with pytest.raises(TypeError, match="odd"):
                answer.result(LONG)
    put(cache, 1, "chart", "drawn")
    assert kept(cache, 1, "chart") == "drawn"


def test_an_answer_that_began_before_a_save_of_its_repo_and_ended_after_it_is_not_kept() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    with asking(cache, 1, "chart", "stale"):
        cache.drop(1)
    assert kept(cache, 1, "chart") is None


def test_an_answer_is_kept_whatever_other_repos_save_meanwhile() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    with asking(cache, 1, "chart", "drawn"):
        for other in range(2, 50):
            cache.drop(other)
    assert kept(cache, 1, "chart") == "drawn"


def test_who_asks_the_same_at_the_same_time_is_answered_once() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        while cache.shared < 7:  # all others wait
            pass
        return "drawn"

    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _: cache.answer(1, "chart", 60, ask), range(8), timeout=LONG)
        assert [*answers] == ["drawn"] * 8
    assert (len(asked), cache.misses, cache.shared, cache.hits) == (1, 1, 7, 0)


def test_who_asks_after_a_save_does_not_get_what_was_asked_before_it() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    with asking(cache, 1, "chart", "before"):
        cache.drop(1)
        assert cache.answer(1, "chart", 60, lambda: "after") == "after"
    assert kept(cache, 1, "chart") == "after"


def test_a_question_that_fails_fails_for_all_who_share_it_and_is_asked_anew() -> None:
    cache: RepoCache[str] = RepoCache(10, 10)
    began = threading.Event()

    def fail() -> str:
        began.set()
        while not cache.shared:
            pass
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.answer, 1, "chart", 60, fail)
        assert began.wait(LONG)
        second = threads.submit(cache.answer, 1, "chart", 60, fail)
        for failed in (first, second):
            with pytest.raises(ZeroDivisionError):
                failed.result(LONG)
    put(cache, 1, "chart", "drawn")


def test_neither_repos_nor_answers_grow_without_bounds() -> None:
    cache: RepoCache[str] = RepoCache(3, 2)
    for repo in range(10):
        for key in "abcdefghij":
            put(cache, repo, key, key)
    left = [(repo, key) for repo in range(10) for key in "abcdefghij" if kept(cache, repo, key)]
    assert left == [(repo, key) for repo in (7, 8, 9) for key in "ij"]


def test_answers_weigh_no_more_together_than_is_allowed() -> None:
    cache: RepoCache[str] = RepoCache(10, 10, weigh=len, heaviest=10)
    put(cache, 1, "a", "1234")
    put(cache, 1, "b", "1234")
    put(cache, 2, "a", "1234")
    assert [kept(cache, 1, "a"), kept(cache, 1, "b"), kept(cache, 2, "a")] == [None, "1234", "1234"]
    put(cache, 3, "a", "12345678901")  # more than all may weigh
    assert not any(kept(cache, repo, key) for repo in (1, 2, 3) for key in "ab")
    put(cache, 1, "a", "1234567890")
    assert kept(cache, 1, "a")


def test_what_is_used_stays() -> None:
    cache: RepoCache[str] = RepoCache(2, 2)
    put(cache, 1, "a", "one")
    put(cache, 2, "a", "two")
    kept(cache, 1, "a")
    put(cache, 3, "a", "three")
    assert [kept(cache, repo, "a") for repo in (1, 2, 3)] == ["one", None, "three"]


def test_under_saves_and_questions_of_many_threads_no_answer_is_older_than_the_last_save() -> None:
    cache: RepoCache[int] = RepoCache(4, 2)
    stored = [0] * 5  # by repo: how many builds, as a store would have it
    wrong: list[tuple[int, int]] = []
    ready = threading.Barrier(6)

    def save(repo: int) -> None:
        ready.wait(LONG)
        for _ in range(3000):
            stored[repo] += 1
            cache.drop(repo)

    def ask(first: int) -> None:
        ready.wait(LONG)
        for turn in range(3000):
            repo = (first + turn) % 5
            before = stored[repo] - 1  # the last one may not have been told of
            found = cache.answer(repo, turn % 3, 60, lambda: stored[repo])  # noqa: B023 - called at once
            if found < before:
                wrong.append((found, before))

    with ThreadPoolExecutor(6) as threads:
        jobs = [threads.submit(save, repo) for repo in (0, 1)]
        jobs += [threads.submit(ask, first) for first in range(4)]
        for job in jobs:
            job.result(60)
    assert wrong == []
    for repo in (0, 1):
        assert cache.answer(repo, 0, 60, lambda: stored[repo]) == 3000  # noqa: B023 - called at once
    assert cache.hits > 0


class Asked(RuleBasedStateMachine):
    """Questions begin and end in any order, saves in between: what is kept is as of the last save."""

    @initialize()
    def begin(self) -> None:
        self.cache: RepoCache[int] = RepoCache(2, 2)
        self.saves = [0, 0, 0]
        self.running: list[tuple[int, str, Callable[[], None]]] = []

    @rule(repo=st.integers(0, 2))
    def save(self, repo: int) -> None:
        self.saves[repo] += 1
        self.cache.drop(repo)

    @rule(repo=st.integers(0, 2), key=st.sampled_from("ab"))
    def ask(self, repo: int, key: str) -> None:
        threads = ThreadPoolExecutor(1)
        ends, began = threading.Event(), threading.Event()

        def read() -> int:
            found = self.saves[repo]
            began.set()
            assert ends.wait(LONG)
            return found

        before, shared = self.saves[repo], self.cache.shared
        answer = threads.submit(self.cache.answer, repo, key, 60, read)
        while not (began.is_set() or answer.done() or self.cache.shared > shared):
            pass

        def end() -> None:
            ends.set()
            assert answer.result(LONG) >= before
            threads.shutdown()

        if answer.done():
            end()
        else:
            self.running.append((repo, key, end))

    @rule(place=st.integers(0, 5))
    def end(self, place: int) -> None:
        """Of equal questions the one that the others wait for, which came first, ends before them."""
        if place < len(self.running):
            repo, key, _ = self.running[place]
            for each in [each for each in self.running if each[:2] == (repo, key)]:
                self.running.remove(each)
                each[2]()

    @invariant()
    def what_is_kept_is_as_of_the_last_save(self) -> None:
        for repo, saves in enumerate(getattr(self, "saves", [])):
            for key in "ab":
                found = self.cache.kept(repo, key)
                assert found is None or found.value == saves

    def teardown(self) -> None:
        for _, _, end in getattr(self, "running", []):
            end()


TestAsked = Asked.TestCase
TestAsked.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
