"""What a CI system is asked for, and what its answers mean for who asked: the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from buildtimetrend.errors import PermanentError, TemporaryError
from buildtimetrend.providers.fields import WrongField
from buildtimetrend.providers.http import Peer, Refused

T = TypeVar("T")
NOT_FOUND = 404


def read(peer: Peer, ask: Callable[[], T]) -> T:
    """Name the field that is wrong: another try may meet the CI itself instead of a proxy's page."""
    try:
        return ask()
    except WrongField as error:
        raise TemporaryError(f"{peer.title}'s answer is wrong. {error}", detail=error.path) from None


def each(peer: Peer, listed: Iterator[T], unknown: PermanentError) -> Iterator[T]:
    """What is listed of a repo, read as above; raises `unknown` where the CI knows no such repo (404)."""
    while True:
        try:
            found = read(peer, partial(next, listed, None))
        except Refused as error:
            if error.http_status == NOT_FOUND:
                raise unknown from error
            raise
        if found is None:
            return
        yield found


def no_such_repo(where: str, repo: str, needed: str) -> PermanentError:
    """`needed` is what a private one needs."""
    return PermanentError(
        f"{where} knows no {repo} that this service may see (404): look at the spelling; a private one needs "
        f"{needed}.",
        detail="repo",
    )


def repos_of(peer: Peer, kinds: Iterable[Iterator[str]], unknown: PermanentError) -> Iterator[str]:
    """The repos of an owner, each once: of the first kind of owner of which the CI knows one of that name.

    Raises `unknown` where it knows none (404).
    """
    for listed in kinds:
        try:
            found = read(peer, partial(next, listed, None))
        except Refused as error:
            if error.http_status != NOT_FOUND:
                raise
            continue
        seen: set[str] = set()
        while found is not None:
            if found.lower() not in seen:
                seen.add(found.lower())
                yield found
            found = read(peer, partial(next, listed, None))
        return
    raise unknown
