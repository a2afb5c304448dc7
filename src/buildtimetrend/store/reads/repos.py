"""Which repos there are."""

from __future__ import annotations

from dataclasses import dataclass

from buildtimetrend.store.base import Store

NO_REPO = 0  # ids start at 1


@dataclass(frozen=True, slots=True)
class RepoRow:
    id: int
    slug: str  # as its CI reported it last


def find_repo(store: Store, slug: str) -> RepoRow | None:
    """The repo of that name, or the one that had it formerly. Names compare without case."""
    found = store.select(_FIND, {"slug": slug.lower()})
    return RepoRow(int(str(found["id"][0])), str(found["slug"][0])) if found["id"] else None


def repo_id(store: Store, slug: str) -> int:
    """The id of the repo, or one that no repo has."""
    found = store.select(_ID, {"slug": slug.lower()})["repo_id"]
    return int(str(found[0])) if found else NO_REPO


def repo_ids(store: Store) -> dict[str, int]:
    """Ids by name, in lower case, former names among them."""
    found = store.select("SELECT alias, repo_id FROM repo_alias WHERE kind = 'slug'")
    return {str(slug): int(str(of)) for slug, of in zip(found["alias"], found["repo_id"], strict=True)}


_ID = """
    SELECT repo_id FROM repo_alias
    WHERE provider = '' AND instance = '' AND kind = 'slug' AND alias = $slug
"""
_FIND = """
    SELECT repo.id, repo.slug FROM repo_alias JOIN repo ON repo.id = repo_alias.repo_id
    WHERE repo_alias.provider = '' AND repo_alias.instance = '' AND repo_alias.kind = 'slug'
      AND repo_alias.alias = $slug
"""
