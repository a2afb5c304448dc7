"""The configuration file: its keys and values, and what in it is no setting."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from buildtimetrend.errors import SettingsError
from buildtimetrend.settings import sections
from buildtimetrend.settings.budgets import BUDGETS
from buildtimetrend.settings.channels import ALERTS
from buildtimetrend.settings.table import ROWS
from buildtimetrend.settings.values import FILE


class _Loader(yaml.SafeLoader):
    """Of two values of one key YAML takes the last, and says nothing of the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in known:
                raise ConstructorError(None, None, f"the key '{key.value}' stands here twice", key.start_mark)
            known.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_file(path: Path) -> tuple[dict[str, object], list[str]]:
    """Values by dotted key, and warnings. Raises `SettingsError` for a file that is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.load(text, _Loader) or {}  # noqa: S506 - as safe as the loader that it is one of
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.", detail=str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid YAML: {error}", detail=str(path)) from error
    if not isinstance(document, dict):
        raise SettingsError(f"{path} must hold the keys 'buildtimetrend:' and 'keen:'.", detail=str(path))
    known = {row.key for row in ROWS.values()} | {*sections.keys(), ALERTS, BUDGETS}
    known |= {f"{row.key}{FILE}" for row in ROWS.values() if row.secret}
    found: dict[str, object] = {}
    for top, prefix in (("buildtimetrend", ""), ("keen", "keen.")):
        section = document.pop(top, None) or {}
        if not isinstance(section, dict):
            raise SettingsError(f"{path}: '{top}:' must hold keys and values, not {section!r}.", detail=top)
        _flatten(section, prefix, known, found)
    warnings = [_unknown(key, path, known) for key in found if key not in known]
    for key, value in document.items():
        if isinstance(value, dict) and key not in known:
            above: dict[str, object] = {}
            _flatten(value, f"{key}.", known, above)
            warnings += [_outside(name, path, known) for name in above or [str(key)]]
        else:
            warnings.append(_outside(str(key), path, known))
    return found, warnings


def _flatten(
    section: Mapping[object, object], prefix: str, known: set[str], found: dict[str, object]
) -> None:
    for key, value in section.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and name not in known:
            _flatten(value, f"{name}.", known, found)
        elif value is not None:
            found[name] = value


def _outside(key: str, path: Path, known: set[str]) -> str:
    """Of a key that is below no section: it may be a setting all the same."""
    if key in known:
        return f"{path}: {key} belongs below `buildtimetrend:` and has no effect where it is."
    return _unknown(key, path, known, ", below `buildtimetrend:`")


def _unknown(key: str, path: Path, known: set[str], place: str = "") -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"{path}: {key} is not a setting and has no effect." + (
        f" Did you mean {near[0]}{place}?" if near else ""
    )
