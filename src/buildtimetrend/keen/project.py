"""The events of the project, whoever keeps them: what every request starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from buildtimetrend.keen.language.errors import KeenError, not_found
from buildtimetrend.keen.language.query import Events
from buildtimetrend.keen.sql.columns import Binder, Source
from buildtimetrend.keen.sql.own import OwnEvents
from buildtimetrend.keen.sql.virtual import COLLECTIONS, Repos, VirtualEvents
from buildtimetrend.store import place
from buildtimetrend.store.base import Store

Opened: TypeAlias = tuple[Source, Binder]


@dataclass(frozen=True, slots=True)
class Project:
    """`allows` says whether a repo may be shown."""

    store: Store
    allows: Callable[[str], bool]

    def open(self, events: Events) -> Callable[[], Opened]:
        """Makes a source for one statement about these events; raises `KeenError` if there is no such."""
        name = events.collection
        if name in COLLECTIONS:
            repos = self.repos()

            def virtual() -> Opened:
                bind = Binder()
                return VirtualEvents(name, events.filter.parts, repos, bind), bind

            return virtual

        def own() -> Opened:
            bind = Binder()
            return OwnEvents(name, bind), bind

        self.require(name)
        return own

    def require(self, collection: str) -> None:
        """Raises `KeenError` unless somebody has written to it."""
        sql = "SELECT name FROM keen_collection WHERE name = $name"
        if not self.store.select(sql, {"name": collection})["name"]:
            raise not_found(f"collection {collection}")

    def require_tables(self) -> None:
        """Raises `KeenError` where another instance keeps the store: its tables change there alone."""
        if self.store.url.startswith(("https://", "http://")):
            raise KeenError(
                "Another instance keeps this service's store: send events, what deletes them, and saved "
                f"queries to {place(self.store.url).rstrip('/')}/3.0, with the keys of that one.",
                "MisdirectedRequestError",
                421,
            )

    def repos(self) -> Repos:
        found = self.store.select("SELECT id, slug FROM repo")
        names = {int(str(id)): str(slug) for id, slug in zip(found["id"], found["slug"], strict=True)}
        shown = {id: slug for id, slug in names.items() if self.allows(slug)}
        return Repos(shown, len(shown) == len(names))


def writable(collection: str) -> None:
    """Raises `KeenError` for a collection that shows what the service itself has stored."""
    if collection in COLLECTIONS:
        raise KeenError(
            f"{collection} shows the builds of this service: it cannot be written to, nor deleted from.",
            "ReadOnlyCollectionError",
            403,
        )
