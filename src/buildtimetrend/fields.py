"""The fields of the model's nouns as their declarations say them: name, type and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, is_dataclass
from dataclasses import fields as dataclass_fields
from functools import cache
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is its type without None, as `str` or `tuple[str, ...]`; `default` may be REQUIRED."""

    name: str
    kind: Any
    optional: bool
    default: Any
    says: str | None

    @property
    def noun(self) -> Any:
        """The class of the model that it holds, one or several of; None if it holds plain values."""
        inner = get_args(self.kind)[0] if get_origin(self.kind) is tuple else self.kind
        return inner if is_dataclass(inner) or hasattr(inner, "_fields") else None


REQUIRED = object()


@cache
def fields_of(noun: Any) -> Sequence[Field]:
    """Of a dataclass or a named tuple, in order."""
    hints = get_type_hints(noun, include_extras=True)
    return [_field(name, hints[name], default) for name, default in _defaults(noun)]


def _defaults(noun: Any) -> Sequence[tuple[str, Any]]:
    if not is_dataclass(noun):
        return [(name, noun._field_defaults.get(name, REQUIRED)) for name in noun._fields]
    return [
        (
            each.name,
            each.default_factory()
            if each.default_factory is not MISSING
            else (REQUIRED if each.default is MISSING else each.default),
        )
        for each in dataclass_fields(noun)
    ]


def _field(name: str, hint: Any, default: Any) -> Field:
    says = None
    if get_origin(hint) is Annotated:
        hint, says, *_ = get_args(hint)
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    [kind] = [each for each in kinds if each is not type(None)]
    return Field(name, kind, type(None) in kinds, default, says)
