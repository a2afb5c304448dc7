"""Which builds were saved lately, by whatever process."""

from __future__ import annotations

from collections.abc import Sequence

from buildtimetrend.store.base import Store
from buildtimetrend.store.reads.names import named


def last_number(store: Store) -> int:
    """Of the builds that were saved, 0 when there is none."""
    found = store.select("SELECT coalesce(max(number), 0) AS number FROM saved_build")
    return int(str(found["number"][0]))


def saved_builds(store: Store, after: int, missing: Sequence[int], limit: int) -> list[tuple[int, str]]:
    """(number, repo) of builds whose number is above `after` or one of the `missing`, in order."""
    names, given = named("number", missing)
    sql = _SAVED.replace("{numbers}", names)
    found = store.select(sql, {"after": after, "limit": limit, **given})
    return [(int(str(n)), str(repo)) for n, repo in zip(found["number"], found["repo"], strict=True)]


_SAVED = """
    SELECT number, slug AS repo FROM saved_build JOIN repo ON repo.id = saved_build.repo_id
    WHERE number > $after OR number IN ({numbers})
    ORDER BY number LIMIT $limit
"""
