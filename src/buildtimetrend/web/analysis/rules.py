"""Rules of a project's alerts: those of the settings, those that people set in their place, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from buildtimetrend.alerts.base import Section
from buildtimetrend.errors import Invalid, NotFound, SettingsError, StoreError
from buildtimetrend.settings.project_rules import HEARS, in_settings, own_rules
from buildtimetrend.store import reads
from buildtimetrend.store.statements.alert_rules import RulesChange, changed
from buildtimetrend.web.context import Context
from buildtimetrend.web.repos import KnownRepos

MOST_CHANGES = 50  # of a channel that are shown


@dataclass(frozen=True, slots=True)
class Set:
    """By people: `rules` by name, of which those that are as in the settings follow them. `after` is the
    number of the last change that they saw, if they say it.
    """

    rules: Mapping[str, object]
    by: str
    why: str | None = None
    after: int | None = None


class ProjectRules:
    """Every method blocks for milliseconds: call it on a thread. Raises `NotFound` as `Data` does."""

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store = context.store
        self._channels = context.settings.alerts
        self._repos = repos

    def of(self, repo: str) -> list[dict[str, Any]]:
        """Each channel: whether it hears of the project, `rules` as they hold, `settings` what they are
        without what people set, `own` what these set, and their `changes`, the last one first.
        """
        changes = reads.rules_changes(self._store, self._repos.require(repo))
        return [
            _channel(each, repo, [row for row in changes if row["channel"] == each.name])
            for each in self._channels
        ]

    def change(self, repo: str, channel: str, given: Set) -> None:
        """Raises `NotFound` for an unknown channel, `Invalid` for rules that are not allowed, and where
        somebody else changed them meanwhile.
        """
        repo_id = self._repos.require(repo)
        section = self.channel(channel)
        try:
            own = own_rules(section, repo, given.rules)
        except SettingsError as error:
            raise Invalid(error.message, detail=error.detail) from None
        last = self._last(repo_id, channel)
        if given.after is not None and given.after != last:
            raise _meanwhile()
        now = self._store.clock.now()
        change = RulesChange(repo_id, channel, last + 1, own, now, given.by, given.why)
        try:
            self._store.execute([changed(change)]).result()
        except StoreError:
            if self._last(repo_id, channel) == last:
                raise
            raise _meanwhile() from None

    def channel(self, name: str) -> Section:
        found = next((each for each in self._channels if each.name == name), None)
        if found is None:
            raise NotFound(f"There is no channel {name[:100]!r} in the settings.", detail="channel")
        return found

    def _last(self, repo_id: int, channel: str) -> int:
        """Number of the last change, 0 where there is none."""
        changes = reads.rules_changes(self._store, repo_id)
        return max((row["number"] for row in changes if row["channel"] == channel), default=0)


def _meanwhile() -> Invalid:
    return Invalid("Somebody changed these rules meanwhile: look at them again.", detail="after")


def _channel(section: Section, repo: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
    settings = in_settings(section, repo)
    own = {
        name: value for name, value in (changes[0]["rules"] if changes else {}).items() if name in settings
    }
    rules = settings | own
    return {
        "name": section.name,
        "kind": section.kind,
        "about": section.about,
        HEARS: rules[HEARS],
        "rules": rules,
        "settings": settings,
        "own": own,
        "changes": changes[:MOST_CHANGES],
        "last": changes[0]["number"] if changes else 0,
    }
