"""What workflows are called, where neither a run's jobs nor its file say it."""

from __future__ import annotations

from buildtimetrend.providers.fields import Fields
from buildtimetrend.providers.github.api import Api
from buildtimetrend.providers.http import Refused
from buildtimetrend.providers.kept import Kept

KEPT = 1000


class Names:
    """Each is asked for once. Safe to use from several threads."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: Kept[tuple[str, str], tuple[str | None]] = Kept(KEPT)

    def of(self, repo: str, workflow_id: str | None) -> str | None:
        """None of a workflow that was deleted. Raises `TemporaryError`, `WrongField`."""
        if workflow_id is None:
            return None
        known = self._known.get((repo, workflow_id))
        if known is None:
            known = (self._asked(repo, workflow_id),)
            self._known.put((repo, workflow_id), known)
        return known[0]

    def _asked(self, repo: str, workflow_id: str) -> str | None:
        try:
            told = self._api.document(repo, f"/repos/{repo}/actions/workflows/{workflow_id}")
        except Refused:
            return None
        return Fields(told).maybe_text("name")
