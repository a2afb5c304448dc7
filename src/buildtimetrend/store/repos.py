"""Which repo a build belongs to, across renames and CI systems.

A repo is found by the CI's own id, which survives a rename, else by slug. Slugs compare without case, as
GitHub's do, and are kept as last reported. A former slug leads to its repo until another one takes it over.
One slug on two code hosts is two repos: the first has it, the other one is called by its host as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from buildtimetrend.model import Build, Value
from buildtimetrend.store.text import clean, short

Alias: TypeAlias = tuple[str, str, str, str]  # provider, instance, kind, alias
Run: TypeAlias = Callable[[str, Mapping[str, Value]], Sequence[tuple[Any, ...]]]  # a statement: its rows

LONGEST_HOST = 300  # bytes: it is part of a key


class Repos:
    """All repos, in memory: there are few, and every write needs one. For the writing thread alone."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.reload()

    def reload(self) -> None:
        """Read anew what is stored, as after a rollback."""
        stored = self._run("SELECT id, slug, host FROM repo", {})
        self._slugs: dict[int, str] = {row[0]: row[1] for row in stored}
        self._hosts: dict[int, str] = {row[0]: row[2] or "" for row in stored}
        aliases = "SELECT provider, instance, kind, alias, repo_id FROM repo_alias"
        self._aliases: dict[Alias, int] = {row[:4]: row[4] for row in self._run(aliases, {})}

    def known(self, build: Build) -> int | None:
        """The id of the build's repo, if the build tells nothing new about it."""
        slug, host = self._address(build), _host(build)
        if build.repo_id is None:
            repo_id = self._aliases.get(_slug(slug))
        else:
            repo_id = self._aliases.get(_ci_id(build))
            if repo_id is not None and self._slugs[repo_id] != slug:
                return None
        return repo_id if repo_id is None or host in ("", self._hosts[repo_id]) else None

    def id_of(self, build: Build) -> int:
        """The id of the build's repo, after noting what the build tells about it."""
        repo_id = self.known(build)
        if repo_id is None:
            repo_id = self._noted(build, self._address(build))
            self._set_host(repo_id, build)
        return repo_id

    def slug_of(self, repo_id: int) -> str:
        """What the repo is called here."""
        return self._slugs[repo_id]

    def _address(self, build: Build) -> str:
        """The slug of the build's repo, with its code host before it where a repo of another host has it."""
        slug, host = clean(build.repo), _host(build)
        holder = self._aliases.get(_slug(slug))
        if holder is not None and self._is_elsewhere(holder, host) and self._is_called(holder, slug):
            return f"{host}/{slug}"
        return slug

    def _holder(self, slug: str, host: str) -> int | None:
        """The repo that the name leads to, unless it is of another host, and had the name once."""
        holder = self._aliases.get(_slug(slug))
        return None if holder is None or self._is_elsewhere(holder, host) else holder

    def _is_elsewhere(self, repo_id: int, host: str) -> bool:
        return bool(host) and self._hosts[repo_id] not in ("", host)

    def _is_called(self, repo_id: int, slug: str) -> bool:
        return self._slugs[repo_id].lower() == slug.lower()

    def _set_host(self, repo_id: int, build: Build) -> None:
        """A repo whose host was not known is that of the first build that names one; with it before its name
        it is found, too.
        """
        host = _host(build)
        if host and self._hosts[repo_id] != host:
            self._hosts[repo_id] = host
            self._run("UPDATE repo SET host = $host WHERE id = $id", {"id": repo_id, "host": host})
        if host := self._hosts[repo_id]:
            self._point(_slug(f"{host}/{clean(build.repo)}"), repo_id)

    def _noted(self, build: Build, slug: str) -> int:
        holder = self._holder(slug, _host(build))
        if build.repo_id is None:
            return holder or self._new(slug)
        ci_id = _ci_id(build)
        repo_id = self._aliases.get(ci_id)
        if repo_id is not None:
            return self._renamed(repo_id, slug, ci_id, holder)
        if holder is None or self._has_other_id(holder, ci_id):
            holder = self._new(slug)
        self._point(ci_id, holder)
        return holder

    def _renamed(self, repo_id: int, slug: str, ci_id: Alias, holder: int | None) -> int:
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
        self._run("INSERT INTO repo (id, slug) VALUES ($id, $slug)", {"id": repo_id, "slug": ""})
        self._hosts[repo_id] = ""
        self._name(repo_id, slug)
        return repo_id

    def _name(self, repo_id: int, slug: str) -> None:
        holder = self._aliases.get(_slug(slug), repo_id)
        if holder != repo_id and self._is_called(holder, slug):
            # That one has been renamed or deleted, which its CI did not tell. No slug has a ~.
            self._set_slug(holder, f"{slug}~{holder}")
        self._set_slug(repo_id, slug)

    def _set_slug(self, repo_id: int, slug: str) -> None:
        self._slugs[repo_id] = slug
        self._run("UPDATE repo SET slug = $slug WHERE id = $id", {"id": repo_id, "slug": slug})
        self._point(_slug(slug), repo_id)

    def _point(self, alias: Alias, repo_id: int) -> None:
        self._aliases[alias] = repo_id
        provider, instance, kind, name = alias
        self._run(
            """
            INSERT INTO repo_alias (provider, instance, kind, alias, repo_id)
            VALUES ($provider, $instance, $kind, $alias, $repo_id)
            ON CONFLICT (provider, instance, kind, alias) DO UPDATE SET repo_id = excluded.repo_id
            """,
            {"provider": provider, "instance": instance, "kind": kind, "alias": name, "repo_id": repo_id},
        )


def _ci_id(build: Build) -> Alias:
    return (clean(build.provider), clean(build.instance), "ci_id", clean(build.repo_id or ""))


def _host(build: Build) -> str:
    return short(build.code_host or "", LONGEST_HOST).lower()


def _slug(slug: str) -> Alias:
    """A name that all CI systems share."""
    return ("", "", "slug", slug.lower())
