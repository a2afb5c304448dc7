"""Which repos there are."""

from __future__ import annotations

from buildtimetrend.store.base import Store, Table

NO_REPO = 0  # ids start at 1


def repo_id(store: Store, slug: str) -> int:
    """The id of the repo of that name, now or formerly and without case; `NO_REPO` if there is none."""
    found = store.select(_ID, {"slug": slug.lower()})["repo_id"]
    return int(str(found[0])) if found else NO_REPO


def repos(store: Store) -> Table:
    """Column `repo`: the present name of each."""
    return store.select("SELECT slug AS repo FROM repo ORDER BY slug")


def repo_ids(store: Store) -> dict[str, int]:
    """Ids by name, in lower case, former names among them."""
    found = store.select("SELECT alias, repo_id FROM repo_alias WHERE kind = 'slug'")
    return {str(slug): int(str(of)) for slug, of in zip(found["alias"], found["repo_id"], strict=True)}


_ID = """
    SELECT repo_id FROM repo_alias
    WHERE provider = '' AND instance = '' AND kind = 'slug' AND alias = $slug
"""
