"""Which jobs a build waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from buildtimetrend.critical_path.path import Span, critical_path

EPOCH = datetime(2026, 3, 1, tzinfo=UTC)


def span(start: float | None, end: float | None) -> Span:
    began, ended = (None if at is None else EPOCH + timedelta(seconds=at) for at in (start, end))
    return Span(began, ended)


def test_jobs_side_by_side_leave_only_the_one_that_ended_last() -> None:
    assert critical_path([span(0, 10), span(0, 30), span(5, 20)]) == [1]


def test_stages_are_followed_back_to_the_first() -> None:
    lint, slow, deploy, notify = span(0, 10), span(0, 50), span(52, 60), span(60, 61)
    assert critical_path([notify, lint, deploy, slow]) == [3, 2, 0]


def test_a_job_that_could_begin_waited_for_a_worker_and_for_no_job() -> None:
    first, late = span(0, 30), Span(*span(40, 90)[:2], ready=EPOCH)
    assert critical_path([first, late]) == [1]
    assert critical_path([first, late._replace(ready=EPOCH + timedelta(seconds=30))]) == [0, 1]


def test_what_the_ci_says_that_a_job_needed_is_followed() -> None:
    build, lint, test = span(0, 20), span(0, 50)._replace(needs=()), span(51, 90)._replace(needs=[0])
    # By times alone the test seems to have waited for lint.
    assert critical_path([build, lint, test._replace(needs=None)]) == [1, 2]
    assert critical_path([build, lint, test]) == [0, 2]
    assert critical_path([build, lint, test._replace(needs=())]) == [2]


def test_needs_in_a_circle_end() -> None:
    assert critical_path([span(0, 9)._replace(needs=[1]), span(0, 8)._replace(needs=[0])]) == [1, 0]
    assert critical_path([span(0, 9)._replace(needs=[0])]) == [0]


def test_what_has_no_times_is_on_no_path() -> None:
    assert critical_path([]) == []
    assert critical_path([span(None, None), span(None, 90), span(0, 10)]) == [2]


def test_there_is_no_path_while_a_job_runs() -> None:
    assert critical_path([span(0, 10), span(10, None)]) == []


def test_jobs_without_length_are_passed_once() -> None:
    assert sorted(critical_path([span(5, 5), span(5, 5), span(0, 5)])) == [0, 1, 2]


def spans_of(shortest: int) -> st.SearchStrategy[list[Span]]:
    one = st.builds(
        lambda start, length: span(start, start + length), st.integers(0, 50), st.integers(shortest, 20)
    )
    return st.lists(one, max_size=30)


@given(spans_of(0))
def test_a_path_ends_last_and_never_overlaps_itself(spans: list[Span]) -> None:
    path = critical_path(spans)
    assert bool(path) == bool(spans)
    assert len(set(path)) == len(path)
    on_it = [(spans[n].start, spans[n].end) for n in path]
    for (_, end), (start, _) in pairwise(on_it):
        assert end is not None
        assert start is not None
        assert end <= start
    if spans:
        assert on_it[-1][1] == max(one.end for one in spans if one.end)


@given(spans_of(1))
def test_nothing_ends_between_two_jobs_of_the_path(spans: list[Span]) -> None:
    path = critical_path(spans)
    ends = [one.end for one in spans if one.end]
    for before, after in pairwise(path):
        begin = spans[after].start
        assert begin is not None
        assert spans[before].end == max(end for end in ends if end <= begin)
