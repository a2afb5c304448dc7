"""Budgets of a project as API and page show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from buildtimetrend.findings.outcomes.budgets import as_document, kept_budgets, rule
from buildtimetrend.store import reads
from buildtimetrend.web.context import Context
from buildtimetrend.web.repos import KnownRepos


class Budgets:
    """Blocks for milliseconds: call it on a thread."""

    def __init__(self, context: Context, repos: KnownRepos) -> None:
        self._store = context.store
        self._budgets = context.settings.budgets
        self._repos = repos

    def rules(self) -> list[dict[str, Any]]:
        return [
            {
                "name": budget.name,
                "sentence": rule(budget),
                "what": budget.what,
                "within": budget.within or None,
                "share": budget.share,
                "branches": budget.branches,
            }
            for budget in self._budgets
        ]

    def kept(self, repo: str) -> list[dict[str, Any]]:
        """Of each pipeline. Raises `NotFound` for a repo that may not be shown, or has no builds."""
        self._repos.require(repo)
        now = datetime.now(UTC)
        return [
            as_document(kept)
            for pipeline in (reads.pipelines(self._store, repo) if self._budgets else ())
            for kept in kept_budgets(self._store, self._budgets, repo, pipeline, now)
        ]
