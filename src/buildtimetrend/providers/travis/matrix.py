"""A job's entry in the build matrix, from its expanded configuration."""

from __future__ import annotations

from collections.abc import Iterable

from buildtimetrend.model import Matrix

LONGEST_VALUE = 300
LONGEST_SUMMARY = 200
_MOST_ITEMS = 50
_DEEPEST = 5  # lists and objects within each other: JSON may nest deeper than Python recurses

# Language: the key of its version, where that is not the language's own name.
_VERSION_KEYS = {
    "clojure": "lein",
    "csharp": "mono",
    "erlang": "otp_release",
    "groovy": "jdk",
    "haskell": "ghc",
    "java": "jdk",
    "javascript": "node_js",
    "kotlin": "jdk",
    "objective-c": "xcode_sdk",
    "rails": "rvm",
    "ruby": "rvm",
    "swift": "xcode_sdk",
}

# What else can expand a matrix, in the order of the summary. Language and version come before all of them.
_DIMENSIONS = (
    "d", "dart", "go", "perl", "perl6", "php", "python", "rust", "node_js", "rvm", "ruby", "ghc", "jdk",
    "otp_release", "elixir", "lein", "mono", "dotnet", "scala", "crystal", "julia", "r", "haxe", "neko",
    "hxml", "elm", "nix", "smalltalk", "smalltalk_config", "smalltalk_vm", "gemfile", "compiler",
    "xcode_project", "xcode_workspace", "xcode_scheme", "xcode_sdk", "xcode_destination", "podfile",
    "osx_image", "os", "dist", "arch", "virt", "vm",
)  # fmt: skip
_LANGUAGES = {*_VERSION_KEYS, *_DIMENSIONS[: _DIMENSIONS.index("gemfile")]}
_FILLED_IN = {"arch": "amd64"}  # by Travis CI itself: says nothing, and came only in 2019
DEFAULT_LANGUAGE = "ruby"
_SECURE = "[secure]"


def matrix_of(config: object) -> Matrix:
    """Never fails: what is not understood is left out. Encrypted values are shown as `[secure]`.

    A configuration without a language has Travis CI's default; the summary does not name it.
    The language's version is under `version`; also under the key of the configuration where that has another
    name than the language (`rvm` of Ruby).
    """
    if not isinstance(config, dict):
        return Matrix()
    language = _text(config.get("language"))
    found = {"language": language, "version": _version(config, language)}
    for name in _DIMENSIONS:
        if name != language:
            found[name] = _text(config.get(name))
    android = config.get("android")
    if isinstance(android, dict):
        found["components"] = _text(android.get("components"))
    found["env"] = _env(config.get("env"))
    values = {name: _short(value, LONGEST_VALUE) for name, value in found.items() if value}
    if language:
        return Matrix(_summary(values), values)
    version = _short(_version(config, DEFAULT_LANGUAGE), LONGEST_VALUE)
    assumed = {"language": DEFAULT_LANGUAGE, **({"version": version} if version else {})}
    return Matrix(_summary(values), {**assumed, **values})


def _version(config: dict[str, object], language: str) -> str:
    if language not in _LANGUAGES:
        return ""
    return _text(config.get(_VERSION_KEYS.get(language, language))) or _text(config.get(language))


def _summary(values: dict[str, str]) -> str:
    """Every value once, in one order whatever the order of the configuration."""
    shown = (value for name, value in values.items() if name != "env" and _FILLED_IN.get(name) != value)
    settings = (word for word in values.get("env", "").split() if not word.endswith(_SECURE))
    return _short(" ".join(dict.fromkeys([*shown, *settings])), LONGEST_SUMMARY)


def _text(value: object, depth: int = 0) -> str:
    """A value as the configuration's author wrote it, on one line; of a list, every item once."""
    if value is None or depth > _DEEPEST:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return _joined(",", (_text(item, depth + 1) for item in value[:_MOST_ITEMS]))
    if isinstance(value, dict):
        return _settings(value, ",", depth)
    return " ".join(str(value).replace("\0", "").split())


def _env(value: object, depth: int = 0) -> str:
    """The variables that the matrix sets, as `NAME=value …`. Global ones are the same in every job."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        return _joined(" ", (_env(item, depth + 1) for item in value[:_MOST_ITEMS]))
    if not isinstance(value, dict):
        return _text(value)
    if "matrix" in value or "jobs" in value or "global" in value:
        return _env(value.get("matrix", value.get("jobs")), depth + 1)
    return _settings(value, " ", depth)


def _settings(value: dict[str, object], separator: str, depth: int) -> str:
    if "secure" in value:
        return _SECURE
    items = list(value.items())[:_MOST_ITEMS]
    return separator.join(f"{_text(name)}={_text(item, depth + 1)}" for name, item in items)


def _joined(separator: str, items: Iterable[str]) -> str:
    return separator.join(dict.fromkeys(filter(None, items)))


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
