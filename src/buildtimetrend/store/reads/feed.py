"""The findings that changed last, for feeds."""

from __future__ import annotations

from typing import Any

from buildtimetrend.json_text import loads
from buildtimetrend.model import Value
from buildtimetrend.store.base import Store, rows

_LATEST = """
    SELECT f.id, f.repo_id, r.slug AS repo, f.document, f.found_at, a.state, coalesce(a.events, 1) AS events,
           coalesce(a.changed_at, f.found_at) AS changed_at
    FROM finding f JOIN repo r ON r.id = f.repo_id LEFT JOIN alert a ON a.finding = f.id
    WHERE f.withdrawn_at IS NULL AND (a.state IS NULL OR a.state NOT IN ('muted', 'wont_fix')){of_repo}
    ORDER BY changed_at DESC, f.id LIMIT $limit
"""


def latest_findings(store: Store, limit: int, repo_id: int | None = None) -> list[dict[str, Any]]:
    """Of all repos, or of one; without those that nobody is to be told of. `changed_at` is when it was found,
    or when its alert changed.
    """
    of_repo, given = ("", {}) if repo_id is None else (" AND f.repo_id = $repo_id", {"repo_id": repo_id})
    parameters: dict[str, Value] = {"limit": limit, **given}
    found = rows(store.select(_LATEST.replace("{of_repo}", of_repo), parameters))
    return [row | {"document": loads(row["document"])} for row in found]
