"""Providers of a scripted server, with any settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, TypeVar

from buildtimetrend.providers.base import Provider
from buildtimetrend.settings import Settings

P = TypeVar("P", bound=Provider)


@contextmanager
def opening(provider: type[P], url: str, usual: object) -> Iterator[Callable[..., P]]:
    """Makes them, with the limits `usual` or others; closes them in the end."""
    with ExitStack() as stack:

        def make(limits: object = usual, **settings: Any) -> P:
            given = Settings.of(**{f"{provider.kind}_{provider.address}": url, **settings})
            opened = provider(given.section(provider.kind), limits)  # type: ignore[call-arg]
            return stack.enter_context(closing(opened))

        yield make
