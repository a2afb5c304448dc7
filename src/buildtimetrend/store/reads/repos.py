"""Which repos there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from buildtimetrend.store.base import Store, Table
from buildtimetrend.store.reads.lookups import look_up
from buildtimetrend.store.reads.names import named

NO_REPO = 0  # ids start at 1


def repo_id(store: Store, slug: str) -> int:
    """The id of the repo of that name, now or formerly and without case; `NO_REPO` if there is none."""
    found = look_up(store, _ID, {"slug": slug.lower()})["repo_id"]
    return int(str(found[0])) if found else NO_REPO


def slug_of(store: Store, repo_id: int) -> str:
    """What the repo of that id is called now; empty if there is none."""
    found = store.select("SELECT slug FROM repo WHERE id = $repo_id", {"repo_id": repo_id})["slug"]
    return str(found[0]) if found else ""


def slugs(store: Store) -> dict[int, str]:
    """What each repo is called now, by id."""
    found = store.select("SELECT id, slug FROM repo")
    return {int(str(of)): str(slug) for of, slug in zip(found["id"], found["slug"], strict=True)}


def repos(store: Store) -> Table:
    """Column `repo`: the present name of each."""
    return store.select("SELECT slug AS repo FROM repo ORDER BY slug")


class Repo(NamedTuple):
    """`slug` is what it is called now."""

    id: int
    slug: str


def repos_by_name(store: Store, names: Sequence[str] | None = None) -> dict[str, Repo]:
    """By name, in lower case, former names among them: all, or every name of the repos that `names`, and
    `name~id` of them, lead to.
    """
    chosen, given = named("name", names or ())
    found = store.select(_NAMES if names is None else _SOME_NAMES.replace("{names}", chosen), given)
    return {
        str(alias): Repo(int(str(of)), str(slug))
        for alias, of, slug in zip(found["alias"], found["repo_id"], found["slug"], strict=True)
    }


_ID = """
    SELECT repo_id FROM repo_alias
    WHERE provider = '' AND instance = '' AND kind = 'slug' AND alias = $slug
"""
_NAMES = "SELECT alias, repo_id, slug FROM repo_alias JOIN repo ON repo.id = repo_id WHERE kind = 'slug'"
_SOME_NAMES = f"""
    {_NAMES} AND repo_id IN (
        SELECT repo_id FROM repo_alias
        WHERE kind = 'slug' AND left(alias, strpos(alias || '~', '~') - 1) IN ({{names}})
    )
"""  # noqa: S608 - fixed text only
