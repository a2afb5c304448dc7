"""Which repo a build belongs to, across renames and CI systems.

A repo is found by the CI's own id, which survives a rename, else by slug. Slugs compare without case, as
GitHub's do, and are kept as last reported. A former slug leads to its repo until another one takes it over.
"""

from __future__ import annotations

from typing import TypeAlias

import duckdb

from buildtimetrend.model import Build
from buildtimetrend.store.text import clean

Alias: TypeAlias = tuple[str, str, str, str]  # provider, instance, kind, alias


class Repos:
    """All repos, in memory: there are few, and every write needs one. For the writing thread alone."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self.reload()

    def reload(self) -> None:
        """Read anew what the file says, as after a rollback."""
        self._slugs: dict[int, str] = dict(self._cursor.execute("SELECT id, slug FROM repo").fetchall())
        aliases = "SELECT provider, instance, kind, alias, repo_id FROM repo_alias"
        self._aliases: dict[Alias, int] = {
            row[:4]: row[4] for row in self._cursor.execute(aliases).fetchall()
        }

    def id_of(self, build: Build) -> int:
        """The id of the build's repo, after noting what the build tells about it."""
        slug = clean(build.repo)
        if build.repo_id is None:
            known = self._aliases.get(_slug(slug))
            return self._new(slug) if known is None else known
        ci_id = (clean(build.provider), clean(build.instance), "ci_id", clean(build.repo_id))
        repo_id = self._aliases.get(ci_id)
        if repo_id is None:
            repo_id = self._with_slug(slug, ci_id)
            self._point(ci_id, repo_id)
        elif self._slugs[repo_id] != slug:
            repo_id = self._renamed(repo_id, slug, ci_id)
        return repo_id

    def _with_slug(self, slug: str, ci_id: Alias) -> int:
        """The repo of that name, for an id seen for the first time; a new one if that one's id is another."""
        holder = self._aliases.get(_slug(slug))
        if holder is None or self._has_other_id(holder, ci_id):
            return self._new(slug)
        return holder

    def _renamed(self, repo_id: int, slug: str, ci_id: Alias) -> int:
        holder = self._aliases.get(_slug(slug))
        if holder is not None and holder != repo_id and not self._has_other_id(holder, ci_id):
            # Another CI system told of the new name first: from here on both report to its repo.
            self._point(ci_id, holder)
            return holder
        self._name(repo_id, slug)
        return repo_id

    def _has_other_id(self, repo_id: int, ci_id: Alias) -> bool:
        return any(
            known[:3] == ci_id[:3] and known != ci_id
            for known, known_repo in self._aliases.items()
            if known_repo == repo_id
        )

    def _new(self, slug: str) -> int:
        repo_id = max(self._slugs, default=0) + 1
        self._cursor.execute("INSERT INTO repo VALUES ($id, $slug)", {"id": repo_id, "slug": ""})
        self._name(repo_id, slug)
        return repo_id

    def _name(self, repo_id: int, slug: str) -> None:
        holder = self._aliases.get(_slug(slug), repo_id)
        if holder != repo_id and self._slugs[holder].lower() == slug.lower():
            # That one has been renamed or deleted, which its CI did not tell. No slug has a ~.
            self._set_slug(holder, f"{slug}~{holder}")
        self._set_slug(repo_id, slug)

    def _set_slug(self, repo_id: int, slug: str) -> None:
        self._slugs[repo_id] = slug
        self._cursor.execute("UPDATE repo SET slug = $slug WHERE id = $id", {"id": repo_id, "slug": slug})
        self._point(_slug(slug), repo_id)

    def _point(self, alias: Alias, repo_id: int) -> None:
        self._aliases[alias] = repo_id
        provider, instance, kind, name = alias
        self._cursor.execute(
            """
            INSERT INTO repo_alias (provider, instance, kind, alias, repo_id)
            VALUES ($provider, $instance, $kind, $alias, $repo_id)
            ON CONFLICT (provider, instance, kind, alias) DO UPDATE SET repo_id = excluded.repo_id
            """,
            {"provider": provider, "instance": instance, "kind": kind, "alias": name, "repo_id": repo_id},
        )


def _slug(slug: str) -> Alias:
    """A name that all CI systems share."""
    return ("", "", "slug", slug.lower())
