"""The values of a row out of a noun of the model.

Most of a row is empty, or needs no change: to call for each of that would cost as much as all the rest. So
values are got by one call for many of them, and text that needs no change is seen at once for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

from buildtimetrend.store.text import all_clean, clean

Encode: TypeAlias = Callable[[Any], Any]


class Values:
    """Of some fields, each by its path from the noun, as in `worker.hostname`, with what encodes it.

    `within` names the noun within that has them all, if that may be None.
    """

    def __init__(self, fields: Sequence[tuple[str, Encode | None]], within: str | None = None) -> None:
        self._of = attrgetter(within) if within else None
        self._get = _getter([path for path, _ in fields])
        self._none = [None] * len(fields)
        self._encodes = [encode for _, encode in fields]
        self._one_by_one = [(attrgetter(path), encode) for path, encode in fields]
        self._texts = _picker([place for place, encode in enumerate(self._encodes) if encode is clean])
        self._all = [(place, encode) for place, encode in enumerate(self._encodes) if encode]
        self._others = [(place, encode) for place, encode in self._all if encode is not clean]

    def of(self, noun: Any) -> list[Any]:
        """Raises TypeError, ValueError or AttributeError for values that are no instants, numbers or text."""
        part = self._of(noun) if self._of else noun
        if part is None:
            return self._none.copy()
        values = [*self._get(part)]
        for place, encode in self._others if all_clean(self._texts(values)) else self._all:
            if values[place] is not None:
                values[place] = encode(values[place])
        return values

    def by_column(self, nouns: Sequence[Any]) -> list[Sequence[Any]]:
        """Those of many: for each field its values."""
        return [_encoded(encode, [*map(get, nouns)]) for get, encode in self._one_by_one]


class Details:
    """Of fields that are kept by name where they are not as by default."""

    def __init__(
        self, fields: Sequence[tuple[str, str, Any, Encode | None]], within: str | None = None
    ) -> None:
        """Each with its name, its path as above, its default and what encodes it."""
        self._of = attrgetter(within) if within else None
        self._get = _getter([path for _, path, _, _ in fields])
        self._defaults = tuple(default for _, _, default, _ in fields)
        self._fields = [(name, default, encode) for name, _, default, encode in fields]

    def of(self, noun: Any) -> dict[str, Any]:
        part = self._of(noun) if self._of else noun
        values = self._defaults if part is None else self._get(part)
        if values == self._defaults:
            return {}
        return {
            name: encode(value) if encode else value
            for (name, default, encode), value in zip(self._fields, values, strict=True)
            if value is not None and value != default
        }


def _encoded(encode: Encode | None, values: Sequence[Any]) -> Sequence[Any]:
    if encode is None or (encode is clean and all_clean(values)):
        return values
    return [None if value is None else encode(value) for value in values]


def _picker(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    if len(places) == 1:
        return lambda values: (values[places[0]],)
    return itemgetter(*places) if places else lambda _: ()


def _getter(paths: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(paths) == 1:
        get = attrgetter(paths[0])
        return lambda noun: (get(noun),)
    return attrgetter(*paths) if paths else lambda _: ()
