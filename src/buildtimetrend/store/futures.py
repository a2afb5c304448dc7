"""What follows from a write, once it is on disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def then(future: Future[T], action: Callable[[T], R]) -> Future[R]:
    """What `action` makes of the future's value, once that is there; its error, if it has one."""
    result: Future[R] = Future()

    def pass_on(done: Future[T]) -> None:
        try:
            result.set_result(action(done.result()))
        except BaseException as error:  # whatever it is belongs to whoever waits
            result.set_exception(error)

    future.add_done_callback(pass_on)
    return result


def settled(value: T) -> Future[T]:
    """A future that is done already."""
    future: Future[T] = Future()
    future.set_result(value)
    return future
