"""What a value must be, where the validating library found it wrong: in the same words everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# By the library's names of errors; what stands in braces is what it says of the limit.
_MUST: Mapping[str, str] = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "extra_forbidden": "is not known here",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be {le} or less",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": "must be a finite number",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "union_tag_invalid": "must have a {discriminator} of {expected_tags}",
    "union_tag_not_found": "must have a {discriminator}",
    "string_too_long": "must have {max_length} characters at most",
    "string_too_short": "must have {min_length} characters or more",
    "too_long": "must have {max_length} entries at most",
    "too_short": "must have {min_length} entries or more",
    "json_invalid": "is not JSON: {error}",
    "none_required": "must be null",
    "is_instance_of": "must be a {class}",
}
# By how such a name begins, where several kinds of error say the same.
_KINDS: Mapping[str, str] = {
    "int_": "must be a whole number",
    "float_": "must be a number",
    "decimal_": "must be a number",
    "bool_": "must be true or false",
    "string_": "must be text",
    "bytes_": "must be text",
    "datetime_": "must be an instant in ISO 8601, such as 2026-03-01T12:00:00Z",
    "date_": "must be a day, such as 2026-03-01",
    "timezone_": "must be an instant with its time zone, such as 2026-03-01T12:00:00Z",
    "url_": "must be an http:// or https:// URL",
    "list_": "must be a list",
    "tuple_": "must be a list",
    "set_": "must be a list",
    "frozen_set_": "must be a list",
    "dict_": "must be an object",
    "mapping_": "must be an object",
    "model_": "must be an object",
    "dataclass_": "must be an object",
}
# Patterns of fields, in words: a test asks for those of all.
PATTERNS: Mapping[str, str] = {
    r"^[^\x00]*$": "must be without NUL characters",
    r"^[^/\x00-\x20]+$": "must have a character or more, without '/' and spaces",
    r"^[a-z][a-z0-9_-]*$": "must be of a-z, 0-9, '-' and '_', and begin with a letter",
    r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$": "must be a host, such as github.com",
    r"^[1-9][0-9]{0,6}(MB|GB)$": "must be a size, such as 512MB or 2GB",
}
# Lengths of which a number says less.
_EMPTY = {("string_too_short", 1): "must not be an empty text", ("too_short", 1): "must not be an empty list"}


def wrong(problem: Mapping[str, Any]) -> str:
    """What to say behind the name of a field, as `must be a whole number`, of an entry of `errors()`."""
    kind, context = str(problem["type"]), problem.get("ctx") or {}
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        return PATTERNS.get(pattern, f"must be as the pattern {pattern} says")
    if (empty := (kind, context.get("min_length"))) in _EMPTY:
        return _EMPTY[empty]
    if kind in _MUST:
        return _MUST[kind].format(**{name: _whole(value) for name, value in context.items()})
    return next((said for begins, said in _KINDS.items() if kind.startswith(begins)), _own(problem["msg"]))


def _whole(limit: Any) -> Any:
    """`604800 or less`, where a limit of a number with a fraction has none."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _own(message: str) -> str:
    """What a rule of ours says."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")
