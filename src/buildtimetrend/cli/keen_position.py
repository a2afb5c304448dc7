"""How far an import from Keen.io came, in a file, so that the next call goes on there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from buildtimetrend.keen.exchange.reading import BuildKey
from buildtimetrend.settings import Settings, data_folder


class Position:
    """Of one import into one store. `given` are builds with jobs before `start`: those are stored."""

    def __init__(self, settings: Settings, repo: str | None, instance: str, beginning: datetime) -> None:
        self.beginning = beginning
        self.start = beginning
        self.given: set[BuildKey] = set()
        of = (settings.keen_api_url, settings.keen_project_id, repo, instance, beginning, settings.store_url)
        name = hashlib.sha256(repr(of).encode()).hexdigest()[:24]
        self._file = data_folder() / f"keen-import-{name}.json"
        if self._file.is_file():
            known = json.loads(self._file.read_text(encoding="utf-8"))
            self.start = datetime.fromisoformat(known["start"])
            self.given = {_key(parts) for parts in known["given"]}

    def save(self, start: datetime, given: Iterable[BuildKey]) -> None:
        """Everything before `start` is stored."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({"start": start.isoformat(), "given": list(given)}), encoding="utf-8")
        new.replace(self._file)

    def forget(self) -> None:
        """The import is complete: another one begins anew."""
        self._file.unlink(missing_ok=True)


def _key(parts: list[str | int]) -> BuildKey:
    provider, instance, repo, id_, attempt = parts
    return str(provider), str(instance), str(repo), str(id_), int(attempt)
